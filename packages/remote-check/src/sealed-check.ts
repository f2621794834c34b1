import { randomBytes } from "node:crypto";
import {
  BridgeKeys,
  EnvelopeOpener,
  EnvelopeSealer,
  IdentityList,
  identityId,
  parseMasterFile,
  refusalText,
} from "@mod-gearman/crypto";
import { type CheckResult, type JobBinding, PayloadError, parseCheckResult } from "@mod-gearman/payload";
import type { ReadResult } from "./read-result.ts";

/** As the bridge takes it. */
const MAX_TEXT_BYTES = 11 * 1024 * 1024;
/** Of a sealed job, for a check without time limit. */
const MAX_LIFETIME_MS = 3_600_000;
const SOURCE_START = "Mod-Gearman Worker @ ";

/** Files of the module. */
export interface SealedFiles {
  readonly masterFile: Buffer;
  readonly identities?: Buffer | undefined;
}

/** Version 2 of the envelope: jobs and results as the module seals and opens them. Source: envelope-v2.md. */
export class SealedChecks {
  readonly #keys: BridgeKeys;
  readonly #identities: IdentityList | undefined;
  readonly #sealer: EnvelopeSealer;
  readonly #opener: EnvelopeOpener;
  readonly #nowMs: () => number;

  /** @param nowMs time of day @throws KeyFileError for files that a loader would have refused */
  constructor({ masterFile, identities }: SealedFiles, nowMs: () => number) {
    const keys = new BridgeKeys(parseMasterFile(masterFile), (id) => this.#identities?.find(id));
    this.#identities = identities === undefined ? undefined : new IdentityList(identities);
    this.#keys = keys;
    this.#sealer = new EnvelopeSealer({ bootId: randomBytes(16), nowMs });
    this.#opener = new EnvelopeOpener({ direction: "result", keys, maxTextBytes: MAX_TEXT_BYTES });
    this.#nowMs = nowMs;
  }

  /** What the text of a new job gets. @param lifetimeMs after it no worker begins the job */
  bind(lifetimeMs: number): JobBinding & { readonly jobId: string } {
    const deadlineMs = Math.ceil(this.#nowMs() + Math.min(lifetimeMs, MAX_LIFETIME_MS));
    return { deadline: BigInt(deadlineMs) * 1000n, jobId: randomBytes(24).toString("base64url") };
  }

  seal(queue: Buffer, text: Buffer): Buffer {
    return this.#sealer.seal(this.#keys.jobKey(queue), queue, text);
  }

  /** @param resultQueue that the message came from */
  open(message: Buffer, resultQueue: Buffer): ReadResult {
    const opened = this.#opener.open(message, resultQueue);
    if ("refused" in opened)
      return { kind: "untaken", why: `${refusalText(opened.refused)} (${opened.refused})` };
    const result = resultOf(opened.text);
    if (result === undefined) return { kind: "untaken", why: "it is no result (MALFORMED)" };
    const { keyId } = opened.header;
    const queues = this.#identities === undefined ? undefined : (this.#identities.find(keyId)?.grants ?? []);
    return { kind: "result", result, sealedBy: { name: this.#nameOf(keyId, result), queues } };
  }

  /** From the list, or as the worker calls itself if that is what its key says. */
  #nameOf(keyId: Buffer, { source }: CheckResult): string {
    const said = source?.toString("latin1").replace(SOURCE_START, "") ?? "";
    const known = this.#identities?.find(keyId)?.name;
    if (known !== undefined) return known;
    return identityId(Buffer.from(said, "latin1")).equals(keyId) ? said : `identity ${keyId.toString("hex")}`;
  }
}

function resultOf(text: Buffer): CheckResult | undefined {
  try {
    return parseCheckResult(text);
  } catch (error) {
    if (error instanceof PayloadError) return undefined;
    throw error;
  }
}
