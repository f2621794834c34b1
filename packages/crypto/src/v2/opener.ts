import { type AssociatedData, associatedData, nonceOf } from "./associated-data.ts";
import {
  type Direction,
  type EnvelopeHeader,
  isSameOrigin,
  isSealedV2,
  nextHeader,
  OVERHEAD_BYTES,
  originOf,
  readHeader,
} from "./header.ts";
import { type EnvelopeKey, messageKey } from "./key-schedule.ts";
import { type MakeMessageCipher, type MessageCipher, messageCipher } from "./message-cipher.ts";
import type { RefusalReason } from "./refusal.ts";

const NUL = 0x00;
/** Message keys that are kept; deriving one takes some 10 µs. Only authentic messages add one. */
const MAX_MESSAGE_KEYS = 4096;

/** Keys of a receiver. */
export interface KeySource {
  /**
   * The key that a header names, always the same object as long as it is valid. The header is not proven: an unknown key
   * must cost little and leave nothing behind.
   *
   * @param known what it returned for an authentic message with the same key id, epoch and direction, if there was one: it need
   *   only look whether that is still valid
   */
  find(header: EnvelopeHeader, known?: EnvelopeKey): EnvelopeKey | "UNKNOWN_KEY" | "REVOKED";
  /** An authentic message has come under a key that `find` returned; called for the first one of a run only. */
  confirmed?(key: EnvelopeKey): void;
}

export interface OpenerOptions {
  readonly direction: Direction;
  readonly keys: KeySource;
  /** A longer text is refused before it is deciphered. */
  readonly maxTextBytes: number;
  /** Absent: that of `node:crypto`, which the first message of a run is opened with in any case. */
  readonly makeCipher?: MakeMessageCipher | undefined;
}

export interface OpenedEnvelope {
  /** Proven. Its buffers may be views of the message, and those of other messages of the sender: they are not to be changed. */
  readonly header: EnvelopeHeader;
  readonly key: EnvelopeKey;
  /** A new buffer without NUL. */
  readonly text: Buffer;
  /** Nothing authentic had come from this run of the sender under this key, as far as is remembered. */
  readonly isFirst: boolean;
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

/** A run of a sender under one key. */
interface Origin {
  /** Of one of its messages: the bytes up to the end of the text of `originOf`, and what they say. */
  readonly start: Buffer;
  readonly header: EnvelopeHeader;
  readonly key: EnvelopeKey;
  readonly cipher: MessageCipher;
}

/**
 * Opens the messages of one direction. Strict: what is not, bit by bit, what the holder of the key sealed for this direction
 * and queue is refused. It does not notice that a message came before: see `ReplayWindow`. Source: envelope-v2.md 5, 6.
 */
export class EnvelopeOpener {
  readonly #options: OpenerOptions;
  readonly #checks: OpeningChecks;
  /** Where authentic messages came from, by the text of `originOf`. */
  readonly #origins = new Map<string, Origin>();
  /** Of the last one: many messages come from the same sender in a row. */
  #last: Origin | undefined;

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
    const origin = this.#originOf(message);
    const header = origin === undefined ? readHeader(message) : nextHeader(origin.header, message);
    if (header === undefined) return { refused: "WRONG_DIRECTION" };
    if (header.direction !== direction && this.#checks.direction)
      return { refused: "WRONG_DIRECTION", header };
    if (message.length - OVERHEAD_BYTES > maxTextBytes) return { refused: "TOO_LONG", header };
    const key = keys.find(header, origin?.key);
    if (typeof key === "string") return { refused: key, header };
    const isKnown = origin?.key === key;
    const associated = this.#checks.associatedData(direction, queue, message);
    const text = isKnown
      ? origin.cipher.open(nonceOf(message), associated, message)
      : this.#openFirst(message, associated, key, header.bootId);
    if (text === undefined) return { refused: "NOT_AUTHENTIC", header };
    if (text.includes(NUL)) return { refused: "NUL_IN_TEXT", header };
    return { header, key, text, isFirst: !isKnown };
  }

  /** What is known about where a message says that it comes from. Its key may have become invalid. */
  #originOf(message: Buffer): Origin | undefined {
    if (this.#last !== undefined && isSameOrigin(message, this.#last.start)) return this.#last;
    const origin = this.#origins.get(originOf(message));
    if (origin !== undefined) this.#last = origin;
    return origin;
  }

  /** Opens a message from somewhere that nothing proves yet; what it takes is kept if that is authentic. */
  #openFirst(message: Buffer, associated: Buffer, key: EnvelopeKey, bootId: Buffer): Buffer | undefined {
    const { tag } = this.#checks;
    const secret = messageKey(key, bootId);
    const text = messageCipher(secret, undefined, tag).open(nonceOf(message), associated, message);
    if (text !== undefined) this.#keep(message, key, messageCipher(secret, this.#options.makeCipher, tag));
    return text;
  }

  /** The first message from somewhere was authentic. */
  #keep(message: Buffer, key: EnvelopeKey, cipher: MessageCipher): void {
    this.#options.keys.confirmed?.(key);
    const start = Buffer.from(message.subarray(0, OVERHEAD_BYTES));
    const header = readHeader(start);
    if (header === undefined) return;
    const name = originOf(message);
    this.#last = { start, header, key, cipher };
    this.#origins.set(name, this.#last);
    if (this.#origins.size <= MAX_MESSAGE_KEYS) return;
    const [oldest] = this.#origins.keys();
    if (oldest !== undefined) this.#origins.delete(oldest);
  }
}
