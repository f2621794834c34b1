import type { ServerClock, Timer } from "./core/clock.ts";

const MIB = 1_048_576;
/** Smaller buffers are collected along with the objects of everyday work. */
const LARGE_BYTES = MIB;
const ENOUGH_BYTES = 16 * MIB;
/** Buffers of the same job, at client and worker, become free together. */
const DELAY_MS = 500;
const LEAST_INTERVAL_MS = 5000;

/**
 * Reports that much memory of large buffers can be returned to the system. V8 collects garbage when it allocates: a server
 * that had one job of 64 MiB and then little to do would keep four times as much for hours.
 */
export class MemoryRelease {
  readonly #clock: ServerClock;
  readonly #release: () => void;
  #bytes = 0; // since the last report
  #timer: Timer | undefined;
  #lastMs = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  /** @param release called half a second after enough was noted, every five seconds at most */
  constructor(clock: ServerClock, release: () => void) {
    this.#clock = clock;
    this.#release = release;
  }

  /** So many bytes of one or more buffers are not used any more. */
  note(bytes: number): void {
    if (bytes < LARGE_BYTES) return;
    this.#bytes += bytes;
    if (this.#bytes < ENOUGH_BYTES || this.#timer !== undefined || this.#isClosed) return;
    const nextMs = this.#lastMs + LEAST_INTERVAL_MS - this.#clock.monotonicMs();
    this.#timer = this.#clock.setTimeout(() => this.#report(), Math.max(nextMs, DELAY_MS));
  }

  close(): void {
    this.#isClosed = true;
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #report(): void {
    this.#timer = undefined;
    this.#bytes = 0;
    this.#lastMs = this.#clock.monotonicMs();
    this.#release();
  }
}
