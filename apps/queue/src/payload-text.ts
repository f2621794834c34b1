import type { QueueOptions } from "@mod-gearman/config";
import {
  BridgeKeys,
  CryptoError,
  createEnvelope,
  type EnvelopeHeader,
  EnvelopeOpener,
  envelopeKey,
  isSealedV2,
  jobSecret,
  type KeySource,
  OwnKeys,
  parseIdentityFile,
  parseMasterFile,
  readHeader,
  refusalText,
} from "@mod-gearman/crypto";
import { isMasterFile } from "@mod-gearman/program";

/** What is in a job, or why it is not known. */
export type Payload = { readonly text: Buffer } | { readonly reason: string };

const MAX_TEXT_BYTES = 1_048_576;
/** Texts begin with it, other keys give random bytes. Source: wire-format.md 4, 5 */
const BEGINS = /^[a-z_]+=/;

/** Opens workloads with the keys that the options name. */
export class PayloadReader {
  readonly #legacy: ReturnType<typeof createEnvelope> | undefined;
  readonly #file: Buffer | undefined;
  readonly #queue: Buffer;

  constructor(options: Pick<QueueOptions, "encryption" | "key" | "envelopeFile">, queue: string) {
    const { key, envelopeFile, encryption } = options;
    this.#file = envelopeFile;
    this.#queue = Buffer.from(queue, "latin1");
    if (key !== undefined) this.#legacy = createEnvelope({ mode: "on", password: key });
    else if (!encryption) this.#legacy = createEnvelope({ mode: "off" });
  }

  /** Without a key no workload need be fetched. */
  get hasKey(): boolean {
    return this.#legacy !== undefined || this.#file !== undefined;
  }

  open(workload: Buffer): Payload {
    if (isSealedV2(workload)) return this.#openV2(workload);
    if (this.#legacy === undefined) return { reason: "not sealed in version 2; needs --key or --keyfile" };
    try {
      const text = this.#legacy.open(workload);
      return BEGINS.test(text.toString("latin1", 0, 64))
        ? { text }
        : { reason: "another key, or no job of mod_gearman" };
    } catch (error) {
      if (error instanceof CryptoError) return { reason: "another key, or no job of mod_gearman" };
      throw error;
    }
  }

  #openV2(workload: Buffer): Payload {
    if (this.#file === undefined) return { reason: "sealed in version 2; needs --envelope_keys" };
    const header = readHeader(workload);
    if (header === undefined) return { reason: "damaged" };
    const { direction } = header;
    const opener = new EnvelopeOpener({
      direction,
      keys: this.#keys(this.#file),
      maxTextBytes: MAX_TEXT_BYTES,
    });
    const opened = opener.open(workload, this.#queue);
    return "refused" in opened ? { reason: refusalText(opened.refused) } : { text: opened.text };
  }

  #keys(file: Buffer): KeySource {
    return isMasterFile(file) ? new SiteKeys(file, this.#queue) : new OwnKeys(parseIdentityFile(file));
  }
}

/** All keys of a site, those of jobs of one queue too. */
class SiteKeys implements KeySource {
  readonly #bridge: BridgeKeys;
  readonly #file: Buffer;
  readonly #queue: Buffer;

  constructor(file: Buffer, queue: Buffer) {
    this.#bridge = new BridgeKeys(parseMasterFile(file));
    this.#file = file;
    this.#queue = queue;
  }

  find(header: EnvelopeHeader): ReturnType<KeySource["find"]> {
    const { direction, epoch, keyId } = header;
    if (direction !== "job") return this.#bridge.find(header);
    const { secret, epochs } = parseMasterFile(this.#file);
    if (!epochs.includes(epoch)) return "UNKNOWN_KEY";
    const key = envelopeKey({ direction, epoch, secret: jobSecret(secret, this.#queue, epoch) });
    return key.id.equals(keyId) ? key : "UNKNOWN_KEY";
  }
}
