import { crc32 } from "node:zlib";

/** First bytes of every segment file: type and version 1 of the layout. */
export const SEGMENT_MAGIC: Buffer = Buffer.from("MGSPOOL1", "latin1");

/** Length and checksum before every record, both u32be. */
export const RECORD_HEADER_BYTES = 8;

/**
 * The header of a record: its length, then the CRC-32 of that length and the data. A header of zeros, which a file system
 * may leave after a power cut, is invalid.
 */
export function recordHeader(data: Buffer): Buffer {
  const header = Buffer.allocUnsafe(RECORD_HEADER_BYTES);
  header.writeUInt32BE(data.length, 0);
  header.writeUInt32BE(checksum(header.subarray(0, 4), data), 4);
  return header;
}

/** The data of the record at `at`, a view; undefined if it is torn, truncated or damaged. */
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
