const MAX_INT = 2 ** 31 - 1;
/** Of a number; what follows is ignored. */
const MAX_BYTES = 1024;
const INTEGER = /^[\t-\r ]*([+-]?\d+)/;

/**
 * Read an integer like C `atoi`: leading white space and a sign, whatever follows is ignored, no number is 0.
 * Limited to 32 bit. Internal to the package. Source: wire-format.md 4.1.
 */
export function parseInteger(text: Buffer): number {
  const digits = INTEGER.exec(text.toString("latin1", 0, MAX_BYTES))?.[1];
  if (digits === undefined) return 0;
  return Math.max(-MAX_INT - 1, Math.min(MAX_INT, Number(digits)));
}
