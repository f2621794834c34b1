import { createEnvelope, type Envelope, isSealedV2 } from "@mod-gearman/crypto";
import type { JobBinding } from "@mod-gearman/payload";
import { readLegacyResult } from "./legacy-result.ts";
import type { ReadResult } from "./read-result.ts";
import { SealedChecks, type SealedFiles } from "./sealed-check.ts";

export interface SealingOptions {
  /** Of the legacy form. */
  readonly encryption: boolean;
  /** Key of the site, for `encryption`. */
  readonly key?: Buffer | undefined;
  /** Of version 2. */
  readonly files?: SealedFiles | undefined;
  /** Which queues have sealed jobs; absent: all of them, if there are files. */
  readonly isSealed?: ((queue: Buffer) => boolean) | undefined;
  /** Of a sealed job; absent: the time that the check may take. With a longer one workers whose clock is ahead take it, too. */
  readonly lifetimeMs?: number | undefined;
}

/** Job of a check, before its text is made. */
export interface JobSealing {
  readonly binding: (JobBinding & { readonly jobId: string }) | undefined;
  seal(text: Buffer): Buffer;
}

/** Seals jobs and reads results in the form that a queue has. */
export class CheckSealing {
  readonly #options: SealingOptions;
  readonly #legacy: Envelope;
  readonly #sealed: SealedChecks | undefined;

  /** @param nowMs time of day @throws CryptoError EMPTY_KEY, MISSING_KEY; KeyFileError */
  constructor(options: SealingOptions, nowMs: () => number) {
    const { encryption, key, files } = options;
    this.#options = options;
    // in version 2 alone no key is needed
    const mode = encryption ? "on" : "off";
    this.#legacy = createEnvelope({ mode, password: key });
    this.#sealed = files && new SealedChecks(files, nowMs);
  }

  /** @param timeoutMs from now, of the check */
  job(queue: Buffer, timeoutMs: number): JobSealing {
    const sealed = this.#sealed;
    if (sealed === undefined || this.#options.isSealed?.(queue) === false)
      return { binding: undefined, seal: (text) => this.#legacy.seal(text) };
    return {
      binding: sealed.bind(this.#options.lifetimeMs ?? timeoutMs),
      seal: (text) => sealed.seal(queue, text),
    };
  }

  /** Never throws on any message. @param resultQueue that it came from */
  read(payload: Buffer, resultQueue: Buffer): ReadResult {
    if (isSealedV2(payload)) return this.#sealed?.open(payload, resultQueue) ?? { kind: "sealed" };
    return readLegacyResult(payload, this.#legacy, this.#options.encryption);
  }
}
