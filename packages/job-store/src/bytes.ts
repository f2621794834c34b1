/** Names are latin1 strings, one character for each byte. */
export function toBytes(name: string): Buffer {
  return Buffer.from(name, "latin1");
}

/** The bytes of a column: a buffer, or text that a driver has read as UTF-8. */
export function fromColumn(value: unknown): string {
  return bytesOf(value).toString("latin1");
}

export function bytesOf(value: unknown): Buffer {
  if (Buffer.isBuffer(value)) return value;
  return Buffer.from(typeof value === "string" ? value : "", "utf8");
}

/** The number of a column; NaN for NULL and text that cannot be read as one. */
export function numberOf(value: unknown): number {
  return value === null || value === undefined ? Number.NaN : Number(value);
}

/** A time of a column; NULL and what makes no sense are 0, at once. */
export function secondsOf(value: unknown): number {
  const seconds = numberOf(value);
  return Number.isFinite(seconds) ? Math.max(seconds, 0) : 0;
}
