const LF = 0x0a;
const NUL = 0x00;
const BACKSLASH = 0x5c;
const LETTER_N = 0x6e;
const ESCAPED_LF = Buffer.from("\\n", "latin1");

// byte by byte: one search per line feed takes seconds for ten megabytes of line feeds

/**
 * Every LF becomes the two characters `\n`; nothing else changes, backslashes are not doubled. Returns `text`
 * itself if it has no LF. Source: wire-format.md 4.2, TS rule (as the Go worker; the C worker doubles
 * backslashes, and receivers never undo that).
 */
export function escapeNewlines(text: Buffer): Buffer {
  const first = text.indexOf(LF);
  if (first === -1) return text;
  let count = 0;
  for (let at = first; at < text.length; at++) if (text[at] === LF) count++;
  const escaped = Buffer.allocUnsafe(text.length + count);
  let to = text.copy(escaped, 0, 0, first);
  for (let at = first; at < text.length; at++) {
    const byte = text[at] ?? 0;
    if (byte === LF) {
      escaped[to++] = BACKSLASH;
      escaped[to++] = LETTER_N;
    } else escaped[to++] = byte;
  }
  return escaped;
}

/**
 * Every pair `\n` becomes LF, in one pass from the left; nothing else is unescaped, so `\\n` becomes `\` and LF.
 * Returns `text` itself if it has no such pair. Source: wire-format.md 4.2 (as the module treats `output`).
 */
export function unescapeNewlines(text: Buffer): Buffer {
  const first = text.indexOf(ESCAPED_LF);
  if (first === -1) return text;
  const plain = Buffer.allocUnsafe(text.length - 1);
  let to = text.copy(plain, 0, 0, first);
  for (let at = first; at < text.length; at++) {
    const isPair = text[at] === BACKSLASH && text[at + 1] === LETTER_N;
    plain[to++] = isPair ? LF : (text[at] ?? 0);
    if (isPair) at++;
  }
  return plain.subarray(0, to);
}

/** The bytes before the first NUL: NUL ends a text, wire-format.md 1. A view. Internal to the package. */
export function upToNul(text: Buffer): Buffer {
  const nul = text.indexOf(NUL);
  return nul === -1 ? text : text.subarray(0, nul);
}

/** `value` as one line: LF escaped, NULs removed because they would end the text. Internal to the package. */
export function asLineValue(value: Buffer): Buffer {
  return withoutNul(escapeNewlines(value));
}

function withoutNul(text: Buffer): Buffer {
  const first = text.indexOf(NUL);
  if (first === -1) return text;
  const rest = Buffer.allocUnsafe(text.length - 1);
  let to = text.copy(rest, 0, 0, first);
  for (let at = first; at < text.length; at++) if (text[at] !== NUL) rest[to++] = text[at] ?? 0;
  return rest.subarray(0, to);
}
