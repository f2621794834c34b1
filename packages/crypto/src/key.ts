import { CryptoError } from "./errors.ts";

const KEY_BYTES = 32;
const NUL = 0x00;
const LF = 0x0a;

/**
 * The AES-256 key of a password: its bytes up to the first NUL, cut after 32 (possibly inside a UTF-8 character),
 * filled with NUL up to 32. No hashing, no salt. The result is a copy. Source: wire-format.md 2.
 */
export function keyBytes(password: Buffer): Buffer {
  const key = Buffer.alloc(KEY_BYTES);
  upToNul(password).copy(key, 0, 0, KEY_BYTES);
  return key;
}

/**
 * The password in a key file: its first line, at most 32 bytes of it, without white space at the end; leading
 * blanks are part of it. The result is a copy. Source: wire-format.md 2.1 (rule of the C suite).
 *
 * @throws CryptoError EMPTY_KEY if nothing is left
 */
export function keyFromFile(content: Buffer): Buffer {
  const lf = content.indexOf(LF);
  const line = upToNul(lf === -1 ? content : content.subarray(0, lf)).subarray(0, KEY_BYTES);
  let end = line.length;
  while (end > 0 && isSpace(line[end - 1])) end--;
  if (end === 0) throw new CryptoError("EMPTY_KEY");
  return Buffer.from(line.subarray(0, end));
}

/** The bytes before the first NUL, all if there is no NUL; a view. Internal to the package. */
export function upToNul(bytes: Buffer): Buffer {
  const nul = bytes.indexOf(NUL);
  return nul === -1 ? bytes : bytes.subarray(0, nul);
}

/** White space of C `isspace`: blank, tab, LF, VT, FF, CR. */
function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);
}
