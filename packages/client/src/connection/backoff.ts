const FIRST_MS = 80; // with jitter at most 100: a server that is restarted is found at once
const SECOND_MS = 200;
const JITTER = 0.25;

/** Waits between connection attempts: at most 100 ms first, then doubling, each ±25 %. */
export class Backoff {
  readonly #maxDelayMs: number;
  readonly #random: () => number;
  #nextMs: number = FIRST_MS;

  /**
   * @param maxDelayMs longest wait, before jitter
   * @param random 0 ≤ x < 1
   */
  constructor(maxDelayMs: number, random: () => number) {
    this.#maxDelayMs = maxDelayMs;
    this.#random = random;
  }

  /** The next wait, milliseconds; each call returns a longer one. */
  next(): number {
    const baseMs = Math.min(this.#nextMs, this.#maxDelayMs);
    this.#nextMs = this.#nextMs === FIRST_MS ? SECOND_MS : Math.min(this.#nextMs * 2, this.#maxDelayMs);
    return Math.round(baseMs * (1 - JITTER + 2 * JITTER * this.#random()));
  }

  /** Called after a connection has proved stable. */
  reset(): void {
    this.#nextMs = FIRST_MS;
  }
}
