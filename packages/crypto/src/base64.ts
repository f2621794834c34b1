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
 * Decode by the rules of the C suite: blanks and tabs in front and blanks, tabs, CR, LF and `-` at the end do not
 * count; the rest is whole groups of four, if need be after removing every LF. `=` is six zero bits wherever it
 * stands, so padded texts may be glued, and padding yields NUL bytes: nothing is cut here.
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
 * Decode as above, but CR and LF count nowhere and padding at the end yields no bytes.
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

/** Decode whole groups of four; undefined when a character is none of the alphabet. */
function decodeGroups(text: string): Buffer | undefined {
  if (text.length % 4 !== 0 || NOT_IN_ALPHABET.test(text)) return undefined;
  // Node stops at `=` and skips what it does not know, so a full length proves that all was known
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
