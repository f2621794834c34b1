import { type AssociatedData, associatedData, nonceOf } from "./associated-data.ts";
import { BOOT_ID_BYTES, HEADER_BYTES, MAX_UINT48, OVERHEAD_BYTES, writeHeader } from "./header.ts";
import { type EnvelopeKey, messageKey } from "./key-schedule.ts";
import { type MakeMessageCipher, type MessageCipher, messageCipher } from "./message-cipher.ts";

export interface SealerOptions {
  /**
   * 16 random bytes of this sealer alone, from a generator that is fit for keys. Two sealers with the same boot id and key
   * would give away both texts.
   */
  readonly bootId: Buffer;
  /** Time of day, milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Absent: that of `node:crypto`. */
  readonly makeCipher?: MakeMessageCipher | undefined;
}

/** Seals the messages of one run of a program under any keys. Not safe to share between threads. Source: envelope-v2.md. */
export class EnvelopeSealer {
  readonly #bootId: Buffer;
  readonly #nowMs: () => number;
  readonly #associatedData: AssociatedData;
  readonly #makeCipher: MakeMessageCipher | undefined;
  readonly #ciphers = new WeakMap<EnvelopeKey, MessageCipher>();
  #counter = 0;

  /** @throws RangeError for a boot id that is not of 16 bytes */
  constructor(options: SealerOptions, associated: AssociatedData = associatedData) {
    if (options.bootId.length !== BOOT_ID_BYTES) throw new RangeError("boot id: 16 bytes");
    this.#bootId = Buffer.from(options.bootId);
    this.#nowMs = options.nowMs;
    this.#makeCipher = options.makeCipher;
    this.#associatedData = associated;
  }

  /**
   * A new buffer of `text.length` + 56 bytes. `text` must not contain NUL: the receiver refuses it.
   *
   * @param queue that the message is submitted to
   * @throws RangeError after 2^48 messages
   */
  seal(key: EnvelopeKey, queue: Buffer, text: Buffer): Buffer {
    const { direction, epoch, id } = key;
    const counter = this.#counter + 1;
    if (counter > MAX_UINT48) throw new RangeError("no counter is left");
    this.#counter = counter;
    const timeMs = Math.min(Math.max(Math.floor(this.#nowMs()), 0), MAX_UINT48);
    const message = Buffer.allocUnsafe(text.length + OVERHEAD_BYTES);
    writeHeader(message, { direction, epoch, keyId: id, bootId: this.#bootId, counter, timeMs });
    message.set(text, HEADER_BYTES);
    this.#cipher(key).seal(nonceOf(message), this.#associatedData(direction, queue, message), message);
    return message;
  }

  #cipher(key: EnvelopeKey): MessageCipher {
    const known = this.#ciphers.get(key);
    if (known !== undefined) return known;
    const made = messageCipher(messageKey(key, this.#bootId), this.#makeCipher);
    this.#ciphers.set(key, made);
    return made;
  }
}
