const ZERO = 0x30;
/** Up to here a loop is faster than the call into the runtime that `Buffer.write` is. */
const SHORT_LENGTH = 32;

/** Writes latin1, for which there must be room. @returns where it ends */
export function writeLatin1(text: string, buffer: Buffer, start: number): number {
  const { length } = text;
  if (length > SHORT_LENGTH) return start + buffer.write(text, start, length, "latin1");
  for (let at = 0; at < length; at++) buffer[start + at] = text.charCodeAt(at);
  return start + length;
}

/** Writes latin1 and a NUL. @returns where they end */
export function writeArgument(text: string, buffer: Buffer, start: number): number {
  const end = writeLatin1(text, buffer, start);
  buffer[end] = 0;
  return end + 1;
}

/** Writes an uint32 in decimal digits, for which there must be room. @returns where they end */
export function writeDigits(value: number, buffer: Buffer, start: number): number {
  let end = start + 1;
  for (let power = 10; power <= value; power *= 10) end += 1;
  for (let at = end - 1, left = value; at >= start; at--) {
    const tens = (left / 10) >>> 0; // of uint32: no division of floating-point numbers
    buffer[at] = ZERO + left - 10 * tens;
    left = tens;
  }
  return end;
}
