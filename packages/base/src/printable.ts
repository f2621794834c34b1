/**
 * Characters that must not reach a terminal within a line: controls (C0, C1, DEL), format characters (bidirectional
 * overrides, joiners), line and paragraph separators, lone surrogates.
 */
export const UNSAFE_IN_LINE: RegExp = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
/** The same for text of several lines, such as plugin output: controls but tab and line feed. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
export const UNSAFE_IN_TEXT: RegExp = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

const MARK = "?";
const PLAIN = /^[ -~]*$/;
/** One UTF-8 character of several bytes, else one byte; over latin1. Source: RFC 3629, section 4. */
const CHARACTER =
  /[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|./gs;

/** Text with each unsafe character replaced by `?`. */
export function printable(text: string, unsafe: RegExp = UNSAFE_IN_LINE): string {
  return PLAIN.test(text) ? text : text.replace(unsafe, MARK);
}

/**
 * Bytes of a peer: UTF-8 characters stay or, when unsafe, become `?`. Bytes that are not UTF-8 stay too, except
 * 0x80–0x9f, which terminals with 8 bits take for commands.
 *
 * @param bytes latin1: one character for each byte, as is the result
 */
export function printableLatin1(bytes: string, unsafe: RegExp = UNSAFE_IN_LINE): string {
  if (PLAIN.test(bytes)) return bytes;
  return bytes.replace(CHARACTER, (one) => {
    const text = one.length === 1 ? one : Buffer.from(one, "latin1").toString("utf8");
    return text.replace(unsafe, MARK) === text ? one : MARK;
  });
}

/** {@link printableLatin1} of a Buffer; the same Buffer when nothing had to be replaced. */
export function printableBytes(bytes: Buffer, unsafe: RegExp = UNSAFE_IN_LINE): Buffer {
  const before = bytes.toString("latin1");
  const after = printableLatin1(before, unsafe);
  return after === before ? bytes : Buffer.from(after, "latin1");
}
