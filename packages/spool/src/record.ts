import { crc32 } from "node:zlib";

/** First bytes of every segment file: what it is, and version 1 of the layout. */
export const SEGMENT_MAGIC: Buffer = Buffer.from("MGSPOOL1", "latin1");

/** Length and checksum in front of every record, both u32be. */
export const RECORD_HEADER_BYTES = 8;

/** One note "record n of this segment is done": n + 1 and its complement, both u32be. */
export const DONE_ENTRY_BYTES = 8;

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

/** The data of the record at `at`, a view; `undefined` when it is torn, cut or not what was written. */
export function readRecord(bytes: Buffer, at: number): Buffer | undefined {
  const start = at + RECORD_HEADER_BYTES;
  if (start > bytes.length) return undefined;
  const end = start + bytes.readUInt32BE(at);
  if (end > bytes.length) return undefined;
  const data = bytes.subarray(start, end);
  return checksum(bytes.subarray(at, at + 4), data) === bytes.readUInt32BE(at + 4) ? data : undefined;
}

/** Where the records of a whole segment file start, and where the last good one ends. */
export function scanSegment(bytes: Buffer): { offsets: number[]; end: number } {
  const offsets: number[] = [];
  if (!bytes.subarray(0, SEGMENT_MAGIC.length).equals(SEGMENT_MAGIC)) return { offsets, end: 0 };
  let end = SEGMENT_MAGIC.length;
  for (;;) {
    const data = readRecord(bytes, end);
    if (data === undefined) return { offsets, end };
    offsets.push(end);
    end += RECORD_HEADER_BYTES + data.length;
  }
}

/** The note that record `index` of its segment is done. */
export function doneEntry(index: number): Buffer {
  const entry = Buffer.allocUnsafe(DONE_ENTRY_BYTES);
  entry.writeUInt32BE(index + 1, 0);
  entry.writeUInt32BE(~(index + 1) >>> 0, 4);
  return entry;
}

/** The records a file of notes names, of `count` there are; torn and senseless notes are passed over. */
export function scanDone(bytes: Buffer, count: number): Set<number> {
  const done = new Set<number>();
  for (let at = 0; at + DONE_ENTRY_BYTES <= bytes.length; at += DONE_ENTRY_BYTES) {
    const number = bytes.readUInt32BE(at);
    if (bytes.readUInt32BE(at + 4) === ~number >>> 0 && number >= 1 && number <= count) done.add(number - 1);
  }
  return done;
}

function checksum(length: Buffer, data: Buffer): number {
  return crc32(data, crc32(length));
}
