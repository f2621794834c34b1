import { decodeBase64, decodeBase64AnyLines, encodeBase64 } from "./base64.ts";
import { ALGORITHM, BLOCK_BYTES, padded } from "./cipher.ts";
import { CryptoError } from "./errors.ts";
import { keyBytes, upToNul } from "./key.ts";
import { nodeCrypto } from "./node-crypto.ts";

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

const clearEnvelopes: Readonly<Record<OpeningRules, Envelope>> = {
  c: { seal: encodeBase64, open: (payload) => upToNul(decodeBase64(payload)) },
  go: { seal: encodeBase64, open: (payload) => upToNul(decodeBase64AnyLines(payload)) },
};

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
    const bytes = this.#isGo ? decodeBase64AnyLines(payload) : decodeBase64(payload);
    if (this.#acceptClear && bytes.subarray(0, CLEAR_MARK.length).equals(CLEAR_MARK)) return upToNul(bytes);
    if (bytes.length === 0) throw new CryptoError("EMPTY");
    const payloadBytes = bytes.length;
    if (payloadBytes < BLOCK_BYTES) throw new CryptoError("TOO_SHORT", { payloadBytes });
    const partial = payloadBytes % BLOCK_BYTES;
    if (partial > 0 && this.#isGo) throw new CryptoError("PARTIAL_BLOCK", { payloadBytes });
    return upToNul(this.#decipher.update(bytes.subarray(0, payloadBytes - partial)));
  }
}
