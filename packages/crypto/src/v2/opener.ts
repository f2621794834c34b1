import type { KeyObject } from "node:crypto";
import { nodeCrypto } from "../node-crypto.ts";
import { ALGORITHM, type AssociatedData, associatedData, nonceOf } from "./associated-data.ts";
import {
  type Direction,
  type EnvelopeHeader,
  HEADER_BYTES,
  isSealedV2,
  OVERHEAD_BYTES,
  originOf,
  readHeader,
  TAG_BYTES,
} from "./header.ts";
import { type EnvelopeKey, messageKey } from "./key-schedule.ts";
import type { RefusalReason } from "./refusal.ts";

const CIPHER_OPTIONS = { authTagLength: TAG_BYTES };
const NUL = 0x00;
/** Message keys that are kept; deriving one takes some 10 µs. Only authentic messages add one. */
const MAX_MESSAGE_KEYS = 4096;

/** Keys of a receiver. */
export interface KeySource {
  /**
   * The key that a header names, always the same object as long as it is valid. The header is not proven: an unknown key
   * must cost little and leave nothing behind.
   */
  find(header: EnvelopeHeader): EnvelopeKey | "UNKNOWN_KEY" | "REVOKED";
  /** An authentic message has come under a key that `find` returned; called for the first one of a run only. */
  confirmed?(key: EnvelopeKey): void;
}

export interface OpenerOptions {
  readonly direction: Direction;
  readonly keys: KeySource;
  /** A longer text is refused before it is deciphered. */
  readonly maxTextBytes: number;
}

export interface OpenedEnvelope {
  /** Proven. Its buffers are views of the message. */
  readonly header: EnvelopeHeader;
  readonly key: EnvelopeKey;
  /** A new buffer without NUL. */
  readonly text: Buffer;
}

export interface RefusedEnvelope {
  readonly refused: RefusalReason;
  /** What the message says about itself, not proven; absent if it says nothing. */
  readonly header?: EnvelopeHeader;
}

/** What can be left out, to show which check an attack fails at. Programs always have all. */
export interface OpeningChecks {
  readonly direction: boolean;
  readonly tag: boolean;
  readonly associatedData: AssociatedData;
}

const ALL_CHECKS: OpeningChecks = { direction: true, tag: true, associatedData };

/**
 * Opens the messages of one direction. Strict: what is not, bit by bit, what the holder of the key sealed for this direction
 * and queue is refused. It does not notice that a message came before: see `ReplayWindow`. Source: envelope-v2.md 5, 6.
 */
export class EnvelopeOpener {
  readonly #options: OpenerOptions;
  readonly #checks: OpeningChecks;
  readonly #messageKeys = new Map<string, { readonly key: EnvelopeKey; readonly messageKey: KeyObject }>();

  constructor(options: OpenerOptions, checks: Partial<OpeningChecks> = {}) {
    this.#options = options;
    this.#checks = { ...ALL_CHECKS, ...checks };
  }

  /**
   * Never throws on any message. Does not keep `message`, which must not change while `header` is in use.
   *
   * @param queue that the message was taken from
   */
  open(message: Buffer, queue: Buffer): OpenedEnvelope | RefusedEnvelope {
    const { direction, keys, maxTextBytes } = this.#options;
    if (!isSealedV2(message)) return { refused: "NOT_SEALED_V2" };
    if (message.length < OVERHEAD_BYTES) return { refused: "TOO_SHORT" };
    const header = readHeader(message);
    if (header === undefined) return { refused: "WRONG_DIRECTION" };
    if (header.direction !== direction && this.#checks.direction)
      return { refused: "WRONG_DIRECTION", header };
    if (message.length - OVERHEAD_BYTES > maxTextBytes) return { refused: "TOO_LONG", header };
    const key = keys.find(header);
    if (typeof key === "string") return { refused: key, header };
    const text = this.#decipher(message, queue, header, key);
    if (text === undefined) return { refused: "NOT_AUTHENTIC", header };
    if (text.includes(NUL)) return { refused: "NUL_IN_TEXT", header };
    return { header, key, text };
  }

  #decipher(message: Buffer, queue: Buffer, header: EnvelopeHeader, key: EnvelopeKey): Buffer | undefined {
    const origin = originOf(message);
    const known = this.#messageKeys.get(origin);
    const isKnown = known?.key === key;
    const secret = isKnown ? known.messageKey : messageKey(key, header.bootId);
    const end = message.length - TAG_BYTES;
    const decipher = nodeCrypto().createDecipheriv(ALGORITHM, secret, nonceOf(message), CIPHER_OPTIONS);
    decipher.setAuthTag(message.subarray(end));
    decipher.setAAD(this.#checks.associatedData(this.#options.direction, queue, message));
    const text = decipher.update(message.subarray(HEADER_BYTES, end));
    try {
      decipher.final(); // compares the tags, in constant time
    } catch {
      return this.#checks.tag ? undefined : text;
    }
    if (!isKnown) {
      this.#options.keys.confirmed?.(key);
      this.#keep(origin, { key, messageKey: secret });
    }
    return text;
  }

  #keep(origin: string, entry: { readonly key: EnvelopeKey; readonly messageKey: KeyObject }): void {
    this.#messageKeys.set(origin, entry);
    if (this.#messageKeys.size <= MAX_MESSAGE_KEYS) return;
    const [oldest] = this.#messageKeys.keys();
    if (oldest !== undefined) this.#messageKeys.delete(oldest);
  }
}
