import { decodeBase64, decodeBase64AnyLines, encodeBase64 } from "./base64.ts";
import { ALGORITHM, BLOCK_BYTES, padded } from "./cipher.ts";
import { CryptoError } from "./errors.ts";
import { keyBytes, upToNul } from "./key.ts";
import { nodeCrypto } from "./node-crypto.ts";

const NO_BYTES = Buffer.alloc(0);
const CLEAR_MARK = Buffer.from("type=", "latin1");

/**
 * How payloads are sent. `off`: base64 of the text. `on`: base64 of the encrypted text. `accept-clear`: seals like
 * `on`, opens both; text that starts with `type=` after base64 counts as clear (results only).
 * Source: wire-format.md 3.2, 3.4.
 */
export type ReceiverMode = "off" | "on" | "accept-clear";

/**
 * Rules of `open` where the originals differ. `c`: a partial last block is dropped, base64 wrapped with CRLF
 * is refused. `go`: the opposite, so that a damaged job is not executed in part.
 * Source: wire-format.md 3.1, 3.2; worker.md 3.1.
 */
export type OpeningRules = "c" | "go";

/** Seals and opens payloads. Holds the key; not safe to share between threads. */
export interface Envelope {
  /**
   * The payload for `text`: base64 in one line, latin1 bytes. `text` must not contain NUL (a receiver ignores
   * the rest). The result is a new buffer. Source: wire-format.md 2.
   */
  seal(text: Buffer): Buffer;
  /**
   * The text in `payload`, up to its first NUL. A wrong key is not detected: it yields random bytes, which the
   * parsers of jobs and results refuse. The result is a new buffer, never uninitialised memory.
   *
   * @throws CryptoError MALFORMED_BASE64, EMPTY (nothing to decrypt), TOO_SHORT (under 16 bytes to decrypt),
   *   PARTIAL_BLOCK (rules `go` only)
   * Source: wire-format.md 3.
   */
  open(payload: Buffer): Buffer;
  /**
   * Opens many payloads with one call of the cipher, which costs more than deciphering a kilobyte. For each what
   * {@link open} returns or throws; texts are views of one new buffer.
   */
  openAll(payloads: readonly Buffer[]): (Buffer | CryptoError)[];
}

/**
 * An envelope for one key. `password` is the bytes of the option or of `keyFromFile`, not yet cut to a key; it is
 * copied. Default rules: `c`.
 *
 * @throws CryptoError MISSING_KEY (mode `on` or `accept-clear` without password), EMPTY_KEY
 */
export function createEnvelope(options: {
  mode: ReceiverMode;
  password?: Buffer | undefined;
  rules?: OpeningRules;
}): Envelope {
  const { mode, password, rules = "c" } = options;
  if (mode === "off") return clearEnvelopes[rules];
  if (password === undefined) throw new CryptoError("MISSING_KEY");
  if (upToNul(password).length === 0) throw new CryptoError("EMPTY_KEY");
  return new AesEnvelope(keyBytes(password), mode === "accept-clear", rules);
}

/** @returns the CryptoError thrown by `open` */
function outcomeOf<T>(open: () => T): T | CryptoError {
  try {
    return open();
  } catch (error) {
    if (error instanceof CryptoError) return error;
    throw error;
  }
}

function clearEnvelope(decode: (payload: Buffer) => Buffer): Envelope {
  const open = (payload: Buffer): Buffer => upToNul(decode(payload));
  const openAll = (payloads: readonly Buffer[]): (Buffer | CryptoError)[] =>
    payloads.map((payload) => outcomeOf(() => open(payload)));
  return { seal: encodeBase64, open, openAll };
}

const clearEnvelopes: Readonly<Record<OpeningRules, Envelope>> = {
  c: clearEnvelope(decodeBase64),
  go: clearEnvelope(decodeBase64AnyLines),
};

/** A decoded payload. */
interface Decoded {
  readonly bytes: Buffer;
  /** Its text is in `bytes`; otherwise they have to be deciphered. */
  readonly isClear: boolean;
}

class AesEnvelope implements Envelope {
  // ECB has no chaining: without padding, update() alone ciphers any whole blocks, so one object per direction
  // serves all messages. A new object per message costs twelve times as much.
  readonly #cipher;
  readonly #decipher;
  readonly #acceptClear: boolean;
  readonly #isGo: boolean;

  constructor(key: Buffer, acceptClear: boolean, rules: OpeningRules) {
    const { createCipheriv, createDecipheriv } = nodeCrypto();
    this.#cipher = createCipheriv(ALGORITHM, key, null).setAutoPadding(false);
    this.#decipher = createDecipheriv(ALGORITHM, key, null).setAutoPadding(false);
    this.#acceptClear = acceptClear;
    this.#isGo = rules === "go";
  }

  seal(text: Buffer): Buffer {
    return encodeBase64(this.#cipher.update(padded(text)));
  }

  open(payload: Buffer): Buffer {
    const { bytes, isClear } = this.#decode(payload);
    return upToNul(isClear ? bytes : this.#decipher.update(bytes));
  }

  openAll(payloads: readonly Buffer[]): (Buffer | CryptoError)[] {
    const decoded = payloads.map((payload) => outcomeOf(() => this.#decode(payload)));
    const ciphered = decoded.flatMap((one) => ("isClear" in one && !one.isClear ? [one.bytes] : []));
    const plain = ciphered.length === 0 ? NO_BYTES : this.#decipher.update(Buffer.concat(ciphered));
    let at = 0;
    return decoded.map((one) => {
      if (!("isClear" in one)) return one;
      if (one.isClear) return upToNul(one.bytes);
      const start = at;
      at += one.bytes.length;
      return upToNul(plain.subarray(start, at));
    });
  }

  /** @throws CryptoError as `open` */
  #decode(payload: Buffer): Decoded {
    const bytes = this.#isGo ? decodeBase64AnyLines(payload) : decodeBase64(payload);
    if (this.#acceptClear && bytes.subarray(0, CLEAR_MARK.length).equals(CLEAR_MARK))
      return { bytes, isClear: true };
    if (bytes.length === 0) throw new CryptoError("EMPTY");
    const payloadBytes = bytes.length;
    if (payloadBytes < BLOCK_BYTES) throw new CryptoError("TOO_SHORT", { payloadBytes });
    const partial = payloadBytes % BLOCK_BYTES;
    if (partial > 0 && this.#isGo) throw new CryptoError("PARTIAL_BLOCK", { payloadBytes });
    return { bytes: bytes.subarray(0, payloadBytes - partial), isClear: false };
  }
}
