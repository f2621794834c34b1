const LF = 0x0a;
const NUL = 0x00;
const ESCAPED_LF = Buffer.from("\\n", "latin1");

/**
 * Every LF becomes the two characters `\n`; nothing else changes, backslashes are not doubled. Returns `text`
 * itself when there is none. Source: wire-format spec 4.2, TS rule (as the Go worker; the C worker doubles
 * backslashes, and receivers never undo that).
 */
export function escapeNewlines(text: Buffer): Buffer {
  let count = 0;
  for (let at = text.indexOf(LF); at !== -1; at = text.indexOf(LF, at + 1)) count++;
  if (count === 0) return text;
  const escaped = Buffer.allocUnsafe(text.length + count);
  let from = 0;
  let to = 0;
  for (let at = text.indexOf(LF); at !== -1; at = text.indexOf(LF, from)) {
    to += text.copy(escaped, to, from, at);
    to += ESCAPED_LF.copy(escaped, to);
    from = at + 1;
  }
  text.copy(escaped, to, from);
  return escaped;
}

/**
 * Every pair `\n` becomes LF, in one pass from the left; nothing else is unescaped, so `\\n` becomes `\` and LF.
 * Returns `text` itself when there is none. Source: wire-format spec 4.2 (what the module does with `output`).
 */
export function unescapeNewlines(text: Buffer): Buffer {
  let at = text.indexOf(ESCAPED_LF);
  if (at === -1) return text;
  const plain = Buffer.allocUnsafe(text.length - 1);
  let from = 0;
  let to = 0;
  for (; at !== -1; at = text.indexOf(ESCAPED_LF, from)) {
    to += text.copy(plain, to, from, at);
    plain[to++] = LF;
    from = at + ESCAPED_LF.length;
  }
  to += text.copy(plain, to, from);
  return plain.subarray(0, to);
}

/** The bytes before the first NUL: NUL ends a text, wire-format spec 1. A view. Internal to the package. */
export function upToNul(text: Buffer): Buffer {
  const nul = text.indexOf(NUL);
  return nul === -1 ? text : text.subarray(0, nul);
}

/** `value` fit for one line: LF escaped, NULs removed, which would end the text. Internal to the package. */
export function asLineValue(value: Buffer): Buffer {
  const escaped = escapeNewlines(value);
  return escaped.includes(NUL) ? Buffer.from(escaped.filter((byte) => byte !== NUL)) : escaped;
}
