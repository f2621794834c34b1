/** Microseconds since 1970-01-01 UTC, or a span of time in microseconds. Signed 64 bit. */
export type Micros = bigint;

const FRACTION_DIGITS = 6;
const MAX_DIGITS = 19; // of 2⁶³−1
const MAX_MICROS = 2n ** 63n - 1n;
const MAX_EXPONENT = 1_000_000_000;
const MAX_BYTES = 1024; // what follows is ignored
const POINT = 0x2e;
const ZERO = 0x30;
const PLAIN_BYTES = 17; // up to ten digits in front of the point
const DECIMAL = /^[\t-\r ]*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?/;

/**
 * Reads decimal seconds: leading white space, sign, fraction and exponent are accepted, the rest after the number is
 * ignored, and 0 is returned without a number. Exact: digits after the sixth are cut, never rounded, and no floating point
 * is used. Values beyond 64 bit are limited to ±(2⁶³−1) µs. Source: wire-format.md 4.1 (C `atof`;
 * its double rounding and its end in 2038 are not copied).
 *
 * @param start where the number is in `text`
 */
export function parseMicros(text: Buffer, start = 0, end: number = text.length): Micros {
  return plainMicros(text, start, end) ?? anyMicros(text.subarray(start, end));
}

/** The form that all senders print, digits, point and six digits: read without strings and without bigint arithmetic. */
function plainMicros(text: Buffer, start: number, end: number): Micros | undefined {
  const point = end - FRACTION_DIGITS - 1;
  if (point < start + 1 || end - start > PLAIN_BYTES || text[point] !== POINT) return undefined;
  let number = 0;
  for (let at = start; at < end; at++) {
    if (at === point) continue;
    const digit = (text[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    number = number * 10 + digit;
  }
  return number <= Number.MAX_SAFE_INTEGER ? BigInt(number) : undefined;
}

function anyMicros(text: Buffer): Micros {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    DECIMAL.exec(text.toString("latin1", 0, MAX_BYTES)) ?? [];
  const digits = (whole + fraction).replace(/^0+/, "");
  const leadingZeros = whole.length + fraction.length - digits.length;
  const shift = Math.max(-MAX_EXPONENT, Math.min(MAX_EXPONENT, Number(exponent)));
  const wanted = whole.length + FRACTION_DIGITS + shift - leadingZeros;
  if (digits === "" || wanted <= 0) return 0n;
  const exact = wanted > MAX_DIGITS ? MAX_MICROS : BigInt(digits.slice(0, wanted).padEnd(wanted, "0"));
  const magnitude = exact > MAX_MICROS ? MAX_MICROS : exact;
  return sign === "-" ? -magnitude : magnitude;
}

/** Prints seconds with exactly six decimals, like `%Lf`: `1795246679.712880`, `-5.250000`. Source: wire-format.md 4.1. */
export function printMicros(time: Micros): string {
  const digits = (time < 0n ? -time : time).toString().padStart(FRACTION_DIGITS + 1, "0");
  const sign = time < 0n ? "-" : "";
  return `${sign}${digits.slice(0, -FRACTION_DIGITS)}.${digits.slice(-FRACTION_DIGITS)}`;
}
