const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

/** The integer at the start of `text` as C strtoll reads it: 0 without one; undefined beyond 64 bits. */
export function parseInt64(text: Buffer): bigint | undefined {
  const value = leadingInteger(text);
  return value < MIN_INT64 || value > MAX_INT64 ? undefined : value;
}

/** As C atoi stored in a uint32: limited to 64 bits, then the lower 32 bits. */
export function parseUint32(text: Buffer): number {
  const value = leadingInteger(text);
  const nearest = value < MIN_INT64 ? MIN_INT64 : value > MAX_INT64 ? MAX_INT64 : value;
  return Number(BigInt.asUintN(32, nearest));
}

const MAX_DIGITS = 40; // more than 64 bits need; bounds the work for a long argument

function leadingInteger(text: Buffer): bigint {
  const found = /^[ \t-\r]*([+-]?)0*([0-9]*)/.exec(text.toString("latin1"));
  const digits = found?.[2]?.slice(0, MAX_DIGITS) ?? "";
  const magnitude = BigInt(digits === "" ? 0 : digits);
  return found?.[1] === "-" ? -magnitude : magnitude;
}
