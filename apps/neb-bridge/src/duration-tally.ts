/** Upper bounds of the buckets in seconds: half a millisecond to ten seconds. */
export const DURATION_BOUNDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

const MILLIS = 1000;

/** Counts durations by bucket; adding one allocates no memory and needs no look-up by name. */
export class DurationTally {
  /** One per {@link DURATION_BOUNDS}, and one for longer durations. */
  readonly #counts = new Float64Array(DURATION_BOUNDS.length + 1);
  sumSeconds = 0;

  add(durationMs: number): void {
    const seconds = durationMs / MILLIS;
    let at = 0;
    while (at < DURATION_BOUNDS.length && seconds > (DURATION_BOUNDS[at] ?? 0)) at++;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.sumSeconds += seconds;
  }

  get count(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  /** Number of durations up to each of {@link DURATION_BOUNDS}. */
  cumulative(): number[] {
    let sum = 0;
    return DURATION_BOUNDS.map((_, at) => {
      sum += this.#counts[at] ?? 0;
      return sum;
    });
  }
}
