/**
 * What a terminal could take for a command, or what would hide or turn the text around it: control characters (C0,
 * C1, DEL), format characters (bidirectional overrides, joiners), line and paragraph separators, lone surrogates.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const MARK = "?";
const REPLACEMENT = /\uFFFD/g;
const C1_FIRST = 0x80;
const C1_LAST = 0x9f;

/**
 * Bytes of a peer for batch output: printable UTF-8 stays as it is, each unsafe character becomes `?`. Bytes that are
 * no UTF-8 stay too, as upstream prints them, but for 0x80–0x9f, which terminals with 8 bits take for commands.
 */
export function safeBytes(raw: Buffer): Buffer {
  if (isPlain(raw)) return raw;
  const text = raw.toString("utf8");
  const isUtf8 = Buffer.from(text, "utf8").equals(raw);
  if (isUtf8) return Buffer.from(text.replace(UNSAFE, MARK), "utf8");
  return Buffer.from(raw.map((byte) => (isControl(byte) ? MARK.charCodeAt(0) : byte)));
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

function isControl(byte: number): boolean {
  return byte < 0x20 || byte === 0x7f || (byte >= C1_FIRST && byte <= C1_LAST);
}
