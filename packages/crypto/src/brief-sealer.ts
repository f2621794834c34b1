import { AES } from "@stablelib/aes";
import { encodeBase64 } from "./base64.ts";
import { BLOCK_BYTES, padded } from "./cipher.ts";
import { createEnvelope, type Envelope } from "./envelope.ts";
import { CryptoError } from "./errors.ts";
import { keyBytes, upToNul } from "./key.ts";

/** For more text than this, loading `node:crypto` takes less time than ciphering in JavaScript. */
const MAX_BYTES = 4096;

/**
 * Seals a few results for a program that ends right after. It ciphers in JavaScript, because loading `node:crypto` takes
 * longer than the rest of sealing. After 4 KiB of text it uses `node:crypto`.
 *
 * The time for ciphering depends on key and text, as with any AES that uses tables. This is no side channel here: a sender
 * ciphers its own text once and answers no requests.
 */
export class BriefSealer {
  readonly #password: Buffer | undefined;
  #aes: AES | undefined;
  #bytes = 0;
  #envelope: Envelope | undefined;

  /**
   * @param password as for `createEnvelope`; absent: base64 only
   * @throws CryptoError EMPTY_KEY
   */
  constructor(password?: Buffer) {
    if (password !== undefined && upToNul(password).length === 0) throw new CryptoError("EMPTY_KEY");
    this.#password = password;
  }

  /** The payload for `text`, that of `Envelope.seal`. */
  seal(text: Buffer): Buffer {
    const password = this.#password;
    if (password === undefined) return encodeBase64(text);
    this.#bytes += text.length;
    if (this.#bytes <= MAX_BYTES) return this.#sealHere(text, password);
    this.#envelope ??= createEnvelope({ mode: "on", password });
    return this.#envelope.seal(text);
  }

  #sealHere(text: Buffer, password: Buffer): Buffer {
    this.#aes ??= new AES(keyBytes(password), true);
    const bytes = padded(text);
    for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
      const block = bytes.subarray(at, at + BLOCK_BYTES);
      this.#aes.encryptBlock(block, block);
    }
    return encodeBase64(bytes);
  }
}
