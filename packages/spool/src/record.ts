import { crc32 } from "node:zlib";

/** First bytes of every segment file: what it is, and version 1 of the layout. */
export const SEGMENT_MAGIC: Buffer = Buffer.from("MGSPOOL1", "latin1");

/** Length and checksum in front of every record, both u32be. */
export const RECORD_HEADER_BYTES = 8;

/**
 * The header of a record: its length, then CRC-32 of that length and the data. A length of zeros with a checksum of
 * zeros, what a file system leaves after a power cut, is no valid header.
 */
export function recordHeader(data: Buffer): Buffer {
  const header = Buffer.allocUnsafe(RECORD_HEADER_BYTES);
  header.writeUInt32BE(data.length, 0);
  header.writeUInt32BE(checksum(header.subarray(0, 4), data), 4);
  return header;
}

/** The data of the record at `at`, a view; `undefined` if it is torn, cut or not what was written. */
export function readRecord(bytes: Buffer, at: number): Buffer | undefined {
  const start = at + RECORD_HEADER_BYTES;
  if (start > bytes.length) return undefined;
  const end = start + bytes.readUInt32BE(at);
  if (end > bytes.length) return undefined;
  const data = bytes.subarray(start, end);
  return checksum(bytes.subarray(at, at + 4), data) === bytes.readUInt32BE(at + 4) ? data : undefined;
}

function checksum(length: Buffer, data: Buffer): number {
  return crc32(data, crc32(length));
}
