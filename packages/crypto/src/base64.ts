import { CryptoError } from "./errors.ts";

const NOT_IN_ALPHABET = /[-_]/; // Node also decodes the URL-safe alphabet, the C suite does not
const LINE_FEEDS = /\n/g;
const LINE_ENDS = /[\r\n]/g;
const PADDING = /=/g;

/** Base64 of `bytes` in one line, as latin1 bytes. Internal to the package. */
export function encodeBase64(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString("base64"), "latin1");
}

/**
 * Decodes by the rules of the C suite: blanks and tabs in front and blanks, tabs, CR, LF and `-` at the end are ignored; the
 * rest must be whole groups of four, if necessary after every LF is removed. `=` is six zero bits at any position, so padded
 * texts may be concatenated, and padding yields NUL bytes, which are kept.
 *
 * @throws CryptoError MALFORMED_BASE64. Source: wire-format.md 3.1 (measured).
 */
export function decodeBase64(payload: Buffer): Buffer {
  const text = payload.toString("latin1", firstOf(payload), lastOf(payload));
  const bytes = decodeGroups(text) ?? decodeGroups(text.replace(LINE_FEEDS, ""));
  if (bytes === undefined) throw new CryptoError("MALFORMED_BASE64");
  return bytes;
}

/**
 * Decodes like {@link decodeBase64}, but ignores CR and LF everywhere, and padding at the end yields no bytes.
 *
 * @throws CryptoError MALFORMED_BASE64. Source: worker.md 3.1 (Go worker).
 */
export function decodeBase64AnyLines(payload: Buffer): Buffer {
  const text = payload.toString("latin1", firstOf(payload), lastOf(payload));
  const bytes = decodeGroups(text) ?? decodeGroups(text.replace(LINE_ENDS, ""));
  if (bytes === undefined) throw new CryptoError("MALFORMED_BASE64");
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  return bytes.subarray(0, bytes.length - padding);
}

/** Decodes whole groups of four; undefined if a character is not in the alphabet. */
function decodeGroups(text: string): Buffer | undefined {
  if (text.length % 4 !== 0 || NOT_IN_ALPHABET.test(text)) return undefined;
  // Node stops at `=` and skips unknown characters, so the full length proves that all were known
  const bytes = Buffer.from(text.includes("=") ? text.replace(PADDING, "A") : text, "base64");
  return bytes.length === (text.length / 4) * 3 ? bytes : undefined;
}

function firstOf(payload: Buffer): number {
  let at = 0;
  while (payload[at] === 0x20 || payload[at] === 0x09) at++;
  return at;
}

function lastOf(payload: Buffer): number {
  let end = payload.length;
  while (end > 0 && isIgnoredAtEnd(payload[end - 1])) end--;
  return end;
}

function isIgnoredAtEnd(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d || byte === 0x2d;
}
