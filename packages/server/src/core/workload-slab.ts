import { READ_BYTES } from "./read-bytes.ts";

const SLAB_BYTES = 65_536;
/** At most an eighth of a slab is left unused. */
const MAX_IN_SLAB_BYTES = SLAB_BYTES / 8;
const SLACK_BYTES = 4096;
const NOTHING: Buffer = Buffer.alloc(0);

/**
 * The workloads of many waiting jobs in one buffer: a Buffer for each takes 120 bytes more. One slab is for jobs that
 * leave in their order; the buffer is freed once none of its jobs is left.
 */
export class WorkloadSlab {
  /** Contains the workload that `put` copied last. */
  bytes: Buffer = NOTHING;
  #used = 0;

  /** Copies `length` bytes of `source` from `start` on. @returns offset of the copy in `bytes`, −1 if they are too many */
  put(source: Buffer, start: number, length: number): number {
    if (length > MAX_IN_SLAB_BYTES) return -1;
    if (this.#used + length > this.bytes.length) {
      this.bytes = Buffer.allocUnsafeSlow(SLAB_BYTES);
      this.#used = 0;
    }
    const at = this.#used;
    source.copy(this.bytes, at, start, start + length);
    this.#used = at + length;
    return at;
  }
}

/** A copy of a part of `bytes`, unless it is nearly all of a large buffer, which has no other user then. */
export function ownBytes(bytes: Buffer, start: number, length: number): Buffer {
  const view = bytes.subarray(start, start + length);
  if (view.length >= READ_BYTES && view.buffer.byteLength <= view.length + SLACK_BYTES) return view;
  return Buffer.from(view);
}
