/** A result on its way. */
export interface OutgoingResult {
  readonly function: Buffer;
  /** New for each result: the same one makes servers drop a repeated delivery, not two different results. */
  readonly unique: Buffer;
  /** Sealed. */
  readonly data: Buffer;
  /** Name of the server that gave the job; empty when it does not matter. */
  readonly origin: string;
  /** The connection the job came by: the result leaves in one write with the answer to the job. */
  readonly via?: DirectSubmit | undefined;
}

/** A slot's connection, as far as results use it. */
export interface DirectSubmit {
  /** @returns false when nothing was sent; else `settled` is called once, later */
  submitBackground(
    result: Pick<OutgoingResult, "function" | "unique" | "data">,
    settled: (error: Error | undefined) => void,
  ): boolean;
}

const VERSION = 1;
const HEADER_BYTES = 7;

/**
 * A result as a record of the spool: version, lengths of queue (u16be), unique (u16be) and origin (u16be), then
 * these and the payload. The payload is sealed, so a spool holds no more than what travels.
 */
export function encodeRecord(result: OutgoingResult): Buffer {
  const origin = Buffer.from(result.origin);
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt8(VERSION, 0);
  header.writeUInt16BE(result.function.length, 1);
  header.writeUInt16BE(result.unique.length, 3);
  header.writeUInt16BE(origin.length, 5);
  return Buffer.concat([header, result.function, result.unique, origin, result.data]);
}

/** @returns undefined for what is no record of this version. */
export function decodeRecord(record: Buffer): OutgoingResult | undefined {
  if (record.length < HEADER_BYTES || record.readUInt8(0) !== VERSION) return undefined;
  const uniqueAt = HEADER_BYTES + record.readUInt16BE(1);
  const originAt = uniqueAt + record.readUInt16BE(3);
  const dataAt = originAt + record.readUInt16BE(5);
  if (dataAt > record.length) return undefined;
  return {
    function: record.subarray(HEADER_BYTES, uniqueAt),
    unique: record.subarray(uniqueAt, originAt),
    origin: record.toString("utf8", originAt, dataAt),
    data: record.subarray(dataAt),
  };
}
