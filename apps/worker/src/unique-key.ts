import { randomFillSync } from "node:crypto";

const KEY_BYTES = 36;
const RANDOM_BYTES = 16;
const AT_ONCE = 256;
const HYPHEN = 0x2d;
/** Two hexadecimal digits for each byte. */
const DIGITS = Buffer.from(
  Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0")).join(""),
);

const random = Buffer.alloc(RANDOM_BYTES * AT_ONCE);
let used = random.length;

/**
 * A new UUID of version 4 as text; a new buffer, the caller's to keep. Random bytes are fetched for many at once, and
 * no string is made: every result needs one.
 */
export function uniqueKey(): Buffer {
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  const key = Buffer.allocUnsafe(KEY_BYTES);
  let at = 0;
  for (let n = 0; n < RANDOM_BYTES; n++) {
    let byte = random[used + n] ?? 0;
    if (n === 6) byte = (byte & 0x0f) | 0x40; // the version
    if (n === 8) byte = (byte & 0x3f) | 0x80; // the variant
    if (n === 4 || n === 6 || n === 8 || n === 10) key[at++] = HYPHEN;
    key[at++] = DIGITS[2 * byte] ?? 0;
    key[at++] = DIGITS[2 * byte + 1] ?? 0;
  }
  used += RANDOM_BYTES;
  return key;
}
