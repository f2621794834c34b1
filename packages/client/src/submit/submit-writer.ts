import { PacketType } from "@mod-gearman/protocol";
import { ClientError } from "../connection/errors.ts";
import type { JobPriority } from "../contract/job.ts";
import { RANDOM_UNIQUE_BYTES, UniqueSeries } from "./random-unique.ts";

/** Packet types of the submits that are answered with JOB_CREATED only. Internal. Source: job-server.md 1.2. */
export const backgroundTypes: Readonly<Record<JobPriority, number>> = {
  high: PacketType.SUBMIT_JOB_HIGH_BG,
  normal: PacketType.SUBMIT_JOB_BG,
  low: PacketType.SUBMIT_JOB_LOW_BG,
};

/** Packet types of the submits whose result comes back. Internal. Source: job-server.md 1.2. */
export const foregroundTypes: Readonly<Record<JobPriority, number>> = {
  high: PacketType.SUBMIT_JOB_HIGH,
  normal: PacketType.SUBMIT_JOB,
  low: PacketType.SUBMIT_JOB_LOW,
};

const CHUNK_BYTES = 64 * 1024;
const OWN_BUFFER_BYTES = 16 * 1024; // larger packets would waste too much of a chunk
const HEADER_BYTES = 12;
const REQ = 0x00524551;
const MAX_BODY_BYTES = 0xffffffff;
const MAX_UNIQUE_BYTES = 63; // gearmand 1.1.20 corrupts 64 (job-server.md 2.10, X3)
const ARGUMENT_AREA_BYTES = 8192; // gearmand closes the connection above it (job-server.md 1.1)
const NO_BYTES = Buffer.alloc(0);

/** Size of a submit packet with these arguments. Internal. */
export function submitBytes(name: Buffer, unique: Buffer, data: Buffer): number {
  const uniqueBytes = unique.length === 0 ? RANDOM_UNIQUE_BYTES : unique.length;
  return HEADER_BYTES + name.length + uniqueBytes + 2 + data.length;
}

/**
 * Writes submit packets contiguously into shared buffers of 64 KiB, so that adjacent packets leave in one write. Written
 * bytes never change: a range may be retained. Internal to the package.
 */
export class SubmitWriter {
  #open: Buffer = NO_BYTES;
  #at = 0;
  /** Bytes `start` to `end` of `chunk` are the last packet. */
  chunk: Buffer = NO_BYTES;
  start = 0;
  end = 0;
  readonly #uniques: UniqueSeries;
  #jobs = 0;

  constructor(uniques: UniqueSeries = new UniqueSeries()) {
    this.#uniques = uniques;
  }

  /**
   * Writes one packet. An empty unique key is replaced by one of the series.
   *
   * @param number of that key in the series; default: the number of the call
   * @returns BAD_ARGUMENT if nothing was written
   */
  write(
    type: number,
    name: Buffer,
    unique: Buffer,
    data: Buffer,
    number: number = this.#jobs++,
  ): ClientError | undefined {
    if (name.length === 0) return badArgument("the function is empty");
    if (unique.length > MAX_UNIQUE_BYTES)
      return badArgument(`unique name too long (${unique.length} > ${MAX_UNIQUE_BYTES})`);
    const bytes = submitBytes(name, unique, data);
    if (bytes - data.length > ARGUMENT_AREA_BYTES) return badArgument("ARGUMENT_TOO_LONG");
    if (bytes - HEADER_BYTES > MAX_BODY_BYTES) return badArgument("BODY_TOO_LARGE");
    const own = bytes > OWN_BUFFER_BYTES;
    if (!own && this.#at + bytes > this.#open.length) {
      this.#open = Buffer.allocUnsafeSlow(CHUNK_BYTES);
      this.#at = 0;
    }
    const chunk = own ? Buffer.allocUnsafeSlow(bytes) : this.#open;
    const start = own ? 0 : this.#at;
    const nameEnd = copyArgument(chunk, start + HEADER_BYTES, name);
    const uniqueEnd = nameEnd === -1 ? -1 : this.#writeUnique(chunk, nameEnd, unique, number);
    if (uniqueEnd === -1) return badArgument("NUL_IN_ARGUMENT");
    chunk.writeUInt32BE(REQ, start);
    chunk.writeUInt32BE(type, start + 4);
    chunk.writeUInt32BE(bytes - HEADER_BYTES, start + 8);
    chunk.set(data, uniqueEnd);
    if (!own) this.#at = start + bytes;
    this.chunk = chunk;
    this.start = start;
    this.end = start + bytes;
    return undefined;
  }

  /** @returns -1 for a NUL */
  #writeUnique(to: Buffer, start: number, unique: Buffer, number: number): number {
    if (unique.length > 0) return copyArgument(to, start, unique);
    const end = this.#uniques.write(to, start, number);
    to[end] = 0;
    return end + 1;
  }
}

/** Byte by byte, as names are short: calls of `set` and `includes` would cost more. @returns -1 for a NUL */
function copyArgument(to: Buffer, start: number, argument: Buffer): number {
  let at = start;
  for (let i = 0; i < argument.length; i++) {
    const byte = argument[i] as number;
    if (byte === 0) return -1;
    to[at++] = byte;
  }
  to[at++] = 0;
  return at;
}

function badArgument(text: string): ClientError {
  return new ClientError("BAD_ARGUMENT", text);
}
