const MAX_INT = 2 ** 31 - 1;
/** Longest number; bytes after it are ignored. */
const MAX_BYTES = 1024;
const ZERO = 0x30;
const INTEGER = /^[\t-\r ]*([+-]?\d+)/;

/**
 * Reads an integer like C `atoi`: leading white space, a sign, digits; the rest is ignored; 0 without digits. Limited to
 * 32 bit. Internal to the package. Source: wire-format.md 4.1.
 *
 * @param start where the number is in `text`
 */
export function parseInteger(text: Buffer, start = 0, end: number = text.length): number {
  const digit = (text[start] ?? 0) - ZERO;
  if (end - start === 1 && digit >= 0 && digit <= 9) return digit;
  const digits = INTEGER.exec(text.toString("latin1", start, Math.min(end, start + MAX_BYTES)))?.[1];
  if (digits === undefined) return 0;
  return Math.max(-MAX_INT - 1, Math.min(MAX_INT, Number(digits)));
}
