/** Jobs that one worker remembers; at 100 a second that is a quarter of an hour. */
const MAX_JOBS = 100_000;

/** Sealed jobs that this worker has begun, so that a copy of one is not run. Bounded; the oldest are forgotten. */
export class TakenJobs {
  readonly #tokens = new Set<string>();

  /** @returns false for a job that was taken before */
  take(token: string): boolean {
    if (this.#tokens.has(token)) return false;
    this.#tokens.add(token);
    if (this.#tokens.size <= MAX_JOBS) return true;
    const [oldest] = this.#tokens;
    if (oldest !== undefined) this.#tokens.delete(oldest);
    return true;
  }

  /** It was not run after all, and the job server hands it out again. */
  giveBack(token: string): void {
    this.#tokens.delete(token);
  }
}
