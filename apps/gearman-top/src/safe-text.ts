/**
 * What a terminal could take for a command, or what would hide or turn the text around it: control characters (C0,
 * C1, DEL), format characters (bidirectional overrides, joiners), line and paragraph separators, lone surrogates.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const MARK = "?";
const REPLACEMENT = /\uFFFD/g;
/** One UTF-8 character of several bytes, else one byte; over latin1. Source: RFC 3629, section 4. */
const CHARACTER =
  /[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|./gs;

/**
 * Bytes of a peer for batch output: printable UTF-8 stays as it is, each unsafe character becomes `?`. Bytes that are
 * no UTF-8 stay too, as upstream prints them, but for 0x80–0x9f, which terminals with 8 bits take for commands.
 */
export function safeBytes(raw: Buffer): Buffer {
  if (isPlain(raw)) return raw;
  return Buffer.from(raw.toString("latin1").replace(CHARACTER, safeCharacter), "latin1");
}

/** Bytes of a peer for the screen: as {@link safeBytes}, and bytes that are no UTF-8 become `?`. */
export function safeText(raw: Buffer): string {
  if (isPlain(raw)) return raw.toString("latin1");
  return raw.toString("utf8").replace(UNSAFE, MARK).replace(REPLACEMENT, MARK);
}

/** Text of this machine, such as a host name out of the arguments. */
export function safeString(text: string): string {
  return text.replace(UNSAFE, MARK);
}

function isPlain(raw: Buffer): boolean {
  return raw.every((byte) => byte >= 0x20 && byte < 0x7f);
}

/** Over latin1. */
function safeCharacter(bytes: string): string {
  const text = bytes.length === 1 ? bytes : Buffer.from(bytes, "latin1").toString("utf8");
  return text.replace(UNSAFE, MARK) === text ? bytes : MARK;
}
