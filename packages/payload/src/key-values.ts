const LF = 0x0a;
const EQUALS = 0x3d;
/** Texts have a few dozen lines with short keys; the limits bound time and memory. */
const MAX_LINES = 1000;
const MAX_KEY_BYTES = 64;
const NULL_OUTPUT = Buffer.from("(null)", "latin1");

/**
 * Where reading ends. `first-empty` (results, as the C module): at the first line without `=` or with an empty
 * value; values are not changed. `never` (jobs, as the Go worker): lines without `=` are skipped, keys and values are trimmed.
 */
export type StopRule = "first-empty" | "never";

/**
 * Reads `key=value` lines. The value is the rest of the line after the first `=`; of equal keys the last counts. Keys are
 * latin1, values are views of `text`. With `first-empty` an `output` is recorded although it ends the reading: empty for
 * `output=`, `(null)` for a line `output`. Reading ends after 1,000 lines and keys above 64 bytes are ignored, which bounds
 * time and memory for any text. Never throws.
 * Source: wire-format.md 4, 6.1; neb-module.md 3.2; worker.md 3.2.
 */
export function parseKeyValues(text: Buffer, stop: StopRule): Map<string, Buffer> {
  const values = new Map<string, Buffer>();
  let lines = 0;
  let equals = -1; // searched again only once passed; else a text without `=` would take quadratic time
  for (let at = 0, end = 0; at < text.length && lines < MAX_LINES; at = end + 1) {
    lines++;
    end = text.indexOf(LF, at);
    if (end === -1) end = text.length;
    if (equals < at) equals = indexOrEnd(text, at);
    if (stop === "never") {
      if (equals < end) recordTrimmed(values, text, at, equals, end);
    } else if (!recordStrictly(values, text, at, equals, end)) {
      break;
    }
  }
  return values;
}

/** Records the line [at, end). @returns false if it ends the reading */
function recordStrictly(
  values: Map<string, Buffer>,
  text: Buffer,
  at: number,
  equals: number,
  end: number,
): boolean {
  if (equals >= end) {
    if (end - at === 6 && text.toString("latin1", at, end) === "output") values.set("output", NULL_OUTPUT);
    return false;
  }
  const value = text.subarray(equals + 1, end);
  if (equals - at > MAX_KEY_BYTES) return value.length > 0;
  const key = text.toString("latin1", at, equals);
  if (value.length > 0 || key === "output") values.set(key, value);
  return value.length > 0;
}

function indexOrEnd(text: Buffer, at: number): number {
  const equals = text.indexOf(EQUALS, at);
  return equals === -1 ? text.length : equals;
}

/** Records the line [at, end), key and value trimmed. */
function recordTrimmed(
  values: Map<string, Buffer>,
  text: Buffer,
  at: number,
  equals: number,
  end: number,
): void {
  const first = firstOf(text, at, equals);
  const last = lastOf(text, first, equals);
  if (last - first > MAX_KEY_BYTES) return;
  const key = text.toString("latin1", first, last);
  values.set(key, text.subarray(firstOf(text, equals + 1, end), lastOf(text, equals + 1, end)));
}

/** Offset of the first byte of [start, end) that is not white space. */
function firstOf(text: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && isSpace(text[at])) at++;
  return at;
}

/** Offset after the last byte of [start, end) that is not white space. */
function lastOf(text: Buffer, start: number, end: number): number {
  let at = end;
  while (at > start && isSpace(text[at - 1])) at--;
  return at;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);
}
