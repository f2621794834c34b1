import type { Clock } from "@mod-gearman/base";

/** Something that was read, and how many rows were passed over for it. */
export interface Read<T> {
  readonly value: T;
  readonly rows: number;
}

/** A row costs some two microseconds, at the program and at a server that is asked: this many in a second are less than a hundredth of a core. */
const ROWS_PER_SECOND = 3000;
const SECOND_MS = 1000;

/** Reads something again the later the more rows it has, so that viewers of a crowded server cost no more than those of another one. */
export class PacedRead<T> {
  readonly #read: () => Promise<Read<T>>;
  readonly #clock: Pick<Clock, "monotonicMs">;
  #latest: Promise<Read<T>> | undefined;
  #dueAtMs = Number.NEGATIVE_INFINITY;

  constructor(read: () => Promise<Read<T>>, clock: Pick<Clock, "monotonicMs">) {
    this.#read = read;
    this.#clock = clock;
  }

  /** What was read last, or is read now. Rejects as the read, which the next call tries again. */
  async get(): Promise<T> {
    if (this.#latest === undefined || this.#clock.monotonicMs() >= this.#dueAtMs)
      this.#latest = this.#again();
    return (await this.#latest).value;
  }

  async #again(): Promise<Read<T>> {
    this.#dueAtMs = Number.POSITIVE_INFINITY; // one at a time
    const startMs = this.#clock.monotonicMs();
    try {
      const read = await this.#read();
      this.#dueAtMs = startMs + (read.rows / ROWS_PER_SECOND) * SECOND_MS;
      return read;
    } catch (error) {
      this.#dueAtMs = Number.NEGATIVE_INFINITY;
      throw error;
    }
  }
}
