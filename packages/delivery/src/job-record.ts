import type { BackgroundJob } from "@mod-gearman/client";

/** The record of a job on disk. */
export type RecordedJob = Required<Pick<BackgroundJob, "function" | "unique" | "data">> & {
  /** Name of the server that assigned the job; empty if any server will do. */
  readonly origin: string;
};

const VERSION = 1;
/** The first byte of a function name is at least this. */
const BLANK = 0x20;
const HEADER_BYTES = 7;
const NO_BYTES = Buffer.alloc(0);

/**
 * A job as a record of the spool: version, lengths of function, unique and origin (u16be each), then these and the
 * workload. The workload is encrypted if results are, so a spool contains no more than the network traffic.
 */
export function encodeJobRecord(job: RecordedJob): Buffer {
  const origin = Buffer.from(job.origin);
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt8(VERSION, 0);
  header.writeUInt16BE(job.function.length, 1);
  header.writeUInt16BE(job.unique.length, 3);
  header.writeUInt16BE(origin.length, 5);
  return Buffer.concat([header, job.function, job.unique, origin, job.data]);
}

/**
 * The job of a record; its buffers are views. Records of earlier releases of the senders are function, NUL, workload; the
 * unique key of such a job is empty.
 *
 * @returns undefined for other bytes
 */
export function decodeJobRecord(record: Buffer): RecordedJob | undefined {
  const [first = 0] = record;
  if (first >= BLANK) return decodeEarlierRelease(record);
  if (first !== VERSION || record.length < HEADER_BYTES) return undefined;
  const uniqueAt = HEADER_BYTES + record.readUInt16BE(1);
  const originAt = uniqueAt + record.readUInt16BE(3);
  const dataAt = originAt + record.readUInt16BE(5);
  if (uniqueAt === HEADER_BYTES || dataAt > record.length) return undefined;
  return {
    function: record.subarray(HEADER_BYTES, uniqueAt),
    unique: record.subarray(uniqueAt, originAt),
    origin: record.toString("utf8", originAt, dataAt),
    data: record.subarray(dataAt),
  };
}

function decodeEarlierRelease(record: Buffer): RecordedJob | undefined {
  const nul = record.indexOf(0);
  if (nul < 1) return undefined;
  return { function: record.subarray(0, nul), unique: NO_BYTES, origin: "", data: record.subarray(nul + 1) };
}
