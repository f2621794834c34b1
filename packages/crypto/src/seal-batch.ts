import type { Cipheriv } from "node:crypto";
import { ALGORITHM, paddedBytes } from "./cipher.ts";
import { CryptoError } from "./errors.ts";
import { keyBytes, upToNul } from "./key.ts";
import { nodeCrypto } from "./node-crypto.ts";

const FIRST_BYTES = 64 * 1024;
const KEPT_BYTES = 4 * 1024 * 1024; // a larger buffer is released after its batch

/**
 * Seals many texts with one call of the cipher: a call costs more than ciphering a kilobyte. Texts are written
 * one after the other into `buffer` at `at`; payloads are those of `Envelope.seal`.
 *
 * Per text: `reserve`, write, `end`. After the last one: `seal`.
 */
export class SealBatch {
  /** Where to write; `reserve` may replace it. */
  buffer: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  at = 0;
  readonly #cipher: Cipheriv | undefined;
  #ends: number[] = [];

  /**
   * @param password as for `createEnvelope`; absent: base64 only
   * @throws CryptoError EMPTY_KEY
   */
  constructor(password?: Buffer) {
    if (password === undefined) return;
    if (upToNul(password).length === 0) throw new CryptoError("EMPTY_KEY");
    this.#cipher = nodeCrypto().createCipheriv(ALGORITHM, keyBytes(password), null).setAutoPadding(false);
  }

  get length(): number {
    return this.#ends.length;
  }

  /** Reserves space for a text of at most `textBytes` bytes. */
  reserve(textBytes: number): void {
    const bytes = this.at + paddedBytes(textBytes + 1);
    if (bytes <= this.buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(bytes, 2 * this.buffer.length));
    larger.set(this.buffer.subarray(0, this.at));
    this.buffer = larger;
  }

  /** Ends the text at offset `textEnd`, exclusive; it must not contain NUL. */
  end(textEnd: number): void {
    let end = textEnd;
    if (this.#cipher !== undefined) {
      end = this.at + paddedBytes(textEnd - this.at + 1);
      this.buffer.fill(0, textEnd, end);
    }
    this.#ends.push(end);
    this.at = end;
  }

  /** Empties the batch. @returns the payloads of all texts in order, views of one new buffer */
  seal(): Buffer[] {
    const plain = this.buffer.subarray(0, this.at);
    const bytes = this.#cipher === undefined ? plain : this.#cipher.update(plain);
    const payloads = encodeParts(bytes, this.#ends);
    this.#ends = [];
    this.at = 0;
    if (this.buffer.length > KEPT_BYTES) this.buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
    return payloads;
  }
}

/** Base64 of each part of `bytes`; `ends` are the end offsets of the parts. */
function encodeParts(bytes: Buffer, ends: readonly number[]): Buffer[] {
  const encoded = Buffer.allocUnsafeSlow(encodedBytes(ends));
  const payloads: Buffer[] = [];
  let from = 0;
  let at = 0;
  for (const end of ends) {
    const start = at;
    at += encoded.write(bytes.toString("base64", from, end), at, "latin1");
    payloads.push(encoded.subarray(start, at));
    from = end;
  }
  return payloads;
}

function encodedBytes(ends: readonly number[]): number {
  let bytes = 0;
  let from = 0;
  for (const end of ends) {
    bytes += Math.ceil((end - from) / 3) * 4;
    from = end;
  }
  return bytes;
}
