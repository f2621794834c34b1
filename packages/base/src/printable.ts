/**
 * Allowed content of a text. `line`: neither controls (C0, C1, DEL) nor format characters (bidirectional
 * overrides, joiners), line and paragraph separators, lone surrogates. `lines`: controls are unsafe except
 * tab, line feed and CR LF, as in the output of a plugin.
 */
export type TextKind = "line" | "lines";

const MARK = "?";
const PLAIN = /^[ -~]*$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches control characters
const UNSAFE_IN_LINES = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]|\r(?!\n)/g;
/** Compiled on demand: that takes 0.3 ms, at each start of a tool. */
let unsafeInLine: RegExp | undefined;
/** One UTF-8 character of several bytes, CR LF, else one byte; over latin1. Source: RFC 3629, section 4. */
const CHARACTER =
  /[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|\r\n|./gs;

/** Text that is safe on a terminal: each unsafe character becomes `?`. */
export function printable(text: string, kind: TextKind = "line"): string {
  return PLAIN.test(text) ? text : text.replace(unsafeIn(kind), MARK);
}

/**
 * Bytes of a peer: UTF-8 characters are kept or, if unsafe, become `?`. Bytes that are not UTF-8 are kept
 * too, except 0x80–0x9f, which are commands for 8-bit terminals.
 *
 * @param bytes latin1: one character for each byte, as is the result
 */
export function printableLatin1(bytes: string, kind: TextKind = "line"): string {
  if (PLAIN.test(bytes)) return bytes;
  const unsafe = unsafeIn(kind);
  return bytes.replace(CHARACTER, (one) => {
    const text = one.length === 1 ? one : Buffer.from(one, "latin1").toString("utf8");
    return text.replace(unsafe, MARK) === text ? one : MARK;
  });
}

/** As {@link printableLatin1}, of a Buffer; returns the same Buffer if nothing had to be replaced. */
export function printableBytes(bytes: Buffer, kind: TextKind = "line"): Buffer {
  const before = bytes.toString("latin1");
  const after = printableLatin1(before, kind);
  return after === before ? bytes : Buffer.from(after, "latin1");
}

function unsafeIn(kind: TextKind): RegExp {
  if (kind === "lines") return UNSAFE_IN_LINES;
  unsafeInLine ??= /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
  return unsafeInLine;
}
