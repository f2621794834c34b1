import { nodeCrypto } from "../node-crypto.ts";
import { HEADER_BYTES, TAG_BYTES } from "./header.ts";

/** AES-256-GCM under one key, for many messages. */
export interface MessageCipher {
  /**
   * Ciphers what is between header and tag of `message` in place, and writes the tag, its last 16 bytes.
   *
   * @param nonce 12 bytes, never used before with this key
   * @param associated authenticated besides the text
   */
  seal(nonce: Buffer, associated: Buffer, message: Buffer): void;
  /** @returns the text in a new buffer; undefined if the tag, which is compared in constant time, does not fit */
  open(nonce: Buffer, associated: Buffer, message: Buffer): Buffer | undefined;
}

/**
 * Makes the cipher of a key of 32 bytes, which is copied.
 *
 * @param textAt offset of the text in messages
 */
export type MakeMessageCipher = (key: Buffer, textAt: number) => MessageCipher;

const ALGORITHM = "aes-256-gcm";
const CIPHER_OPTIONS = { authTagLength: TAG_BYTES };

/**
 * With `node:crypto`, some 3.5 µs a message: it needs a cipher object for each.
 *
 * @param needsTag false only in tests of attacks: what is not authentic is opened too
 */
function nodeMessageCipher(key: Buffer, textAt: number, needsTag = true): MessageCipher {
  const { createCipheriv, createDecipheriv, createSecretKey } = nodeCrypto();
  const secret = createSecretKey(key); // a raw key costs some 14 µs more for each message
  return {
    seal: (nonce, associated, message) => {
      const end = message.length - TAG_BYTES;
      const cipher = createCipheriv(ALGORITHM, secret, nonce, CIPHER_OPTIONS);
      cipher.setAAD(associated);
      message.set(cipher.update(message.subarray(textAt, end)), textAt);
      cipher.final(); // gives no bytes, but must be called before the tag is there
      message.set(cipher.getAuthTag(), end);
    },
    open: (nonce, associated, message) => {
      const end = message.length - TAG_BYTES;
      const decipher = createDecipheriv(ALGORITHM, secret, nonce, CIPHER_OPTIONS);
      decipher.setAuthTag(message.subarray(end));
      decipher.setAAD(associated);
      const text = decipher.update(message.subarray(textAt, end));
      try {
        decipher.final(); // compares the tags, in constant time
      } catch {
        return needsTag ? undefined : text;
      }
      return text;
    },
  };
}

/** The cipher of messages under a key of this package's format. Internal to the package. */
export function messageCipher(
  key: Buffer,
  make: MakeMessageCipher | undefined,
  needsTag = true,
): MessageCipher {
  return make === undefined || !needsTag
    ? nodeMessageCipher(key, HEADER_BYTES, needsTag)
    : make(key, HEADER_BYTES);
}
