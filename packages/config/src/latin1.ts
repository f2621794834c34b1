/*
 * Inside this package a text is a string of bytes (latin1): one character per byte of the file, so that keys and
 * names in any encoding survive. Trimming and letter case therefore look at ASCII only; the functions of String
 * would damage bytes such as 0xa0, which ends an "à" in UTF-8.
 */

/** Encodes as UTF-8, one latin1 character per byte. */
export function fromUtf8(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** Decodes latin1 text that contains UTF-8. */
export function toUtf8(text: string): string {
  return Buffer.from(text, "latin1").toString("utf8");
}

export function toBytes(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

/** Removes white space of C `isspace` at both ends. */
export function trimSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start += 1;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

/** Changes ASCII letters only. */
export function lowerCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Changes ASCII letters only. */
export function upperCase(text: string): string {
  return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}
