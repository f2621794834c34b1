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

  /** @returns offset in `bytes` of the copy, −1 if `data` is too large */
  put(data: Buffer): number {
    if (data.length > MAX_IN_SLAB_BYTES) return -1;
    if (this.#used + data.length > this.bytes.length) {
      this.bytes = Buffer.allocUnsafeSlow(SLAB_BYTES);
      this.#used = 0;
    }
    const at = this.#used;
    this.bytes.set(data, at);
    this.#used = at + data.length;
    return at;
  }
}

/** A copy, unless `view` is nearly all of a large buffer, which has no other user then. */
export function ownBytes(view: Buffer): Buffer {
  if (view.length >= READ_BYTES && view.buffer.byteLength <= view.length + SLACK_BYTES) return view;
  return Buffer.from(view);
}
