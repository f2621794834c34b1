const MAX_INT = 2 ** 31 - 1;
/** Longest number; bytes after it are ignored. */
const MAX_BYTES = 1024;
const INTEGER = /^[\t-\r ]*([+-]?\d+)/;

/**
 * Reads an integer like C `atoi`: leading white space, a sign, digits; the rest is ignored; 0 without digits. Limited to
 * 32 bit. Internal to the package. Source: wire-format.md 4.1.
 */
export function parseInteger(text: Buffer): number {
  const digits = INTEGER.exec(text.toString("latin1", 0, MAX_BYTES))?.[1];
  if (digits === undefined) return 0;
  return Math.max(-MAX_INT - 1, Math.min(MAX_INT, Number(digits)));
}
