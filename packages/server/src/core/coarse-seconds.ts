import type { ServerClock, Timer } from "./clock.ts";

const SECOND_MS = 1000;
/** Between two readings. */
export const READING_MS = 500;

/**
 * Seconds since the start of the server, read twice a second while they are needed: to read the clock for each job
 * would cost a twentieth of the work for it. Half a second behind at most, more while the event loop is busy.
 */
export class CoarseSeconds {
  readonly #clock: ServerClock;
  readonly #startMs: number;
  readonly #onReading: () => boolean;
  #timer: Timer | undefined;
  #now = 0;

  /** @param onReading called after each reading. @returns whether they are still needed */
  constructor(clock: ServerClock, onReading: () => boolean) {
    this.#clock = clock;
    this.#startMs = clock.monotonicMs();
    this.#onReading = onReading;
  }

  /** At the last reading. Whole seconds. */
  get now(): number {
    return this.#now;
  }

  /** Reads the clock now, without effect on `now`. Not rounded. */
  precise(): number {
    return (this.#clock.monotonicMs() - this.#startMs) / SECOND_MS;
  }

  /** Reads the clock, and from now on every {@link READING_MS}. Idempotent. */
  need(): void {
    if (this.#timer !== undefined) return;
    this.#read();
    this.#arm();
  }

  stop(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #read(): void {
    this.#now = Math.floor(this.precise());
  }

  #arm(): void {
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      this.#read();
      if (this.#onReading()) this.#arm();
    }, READING_MS);
  }
}
