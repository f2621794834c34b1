/** A bound older than this, up to twice, no longer counts: clocks drift, and are set. */
const WINDOW_MS = 600_000;
/** Workers with an estimate of their own. */
const MAX_WORKERS = 1000;
/** A larger difference is no clock but a time that a worker left out. */
const MAX_DIFFERENCE_MS = 86_400_000;

/** What the results of one worker say about its clock. */
export class WorkerClock {
  readonly name: string;
  #lower = -Infinity;
  #upper = Infinity;
  #formerLower = -Infinity;
  #formerUpper = Infinity;
  #since: number;
  #learntAtMs = -Infinity;

  constructor(name: string, nowMs: number) {
    this.name = name;
    this.#since = nowMs;
  }

  /**
   * One check more. A job is with its worker after it was submitted, and a result is fetched after it was sent: each check bounds the
   * difference from both sides, and the fastest of many bound it best.
   *
   * @param upper worker's first time of the check minus the bridge's last one before it, milliseconds; NaN: not known
   * @param lower worker's last time minus the bridge's first one after it
   * @param nowMs of a monotonic clock
   * @returns by how much the worker's clock is ahead; 0 while no check proves otherwise; NaN: not known
   */
  learn(upper: number, lower: number, nowMs: number): number {
    if (!(Math.abs(upper) < MAX_DIFFERENCE_MS && Math.abs(lower) < MAX_DIFFERENCE_MS)) return Number.NaN;
    this.#learntAtMs = nowMs;
    if (nowMs - this.#since >= WINDOW_MS) {
      this.#formerLower = this.#lower;
      this.#formerUpper = this.#upper;
      this.#lower = -Infinity;
      this.#upper = Infinity;
      this.#since = nowMs;
    }
    this.#lower = Math.max(this.#lower, lower);
    this.#upper = Math.min(this.#upper, upper);
    if (this.#least > this.#most) this.#forgetBut(upper, lower); // a clock was set
    if (this.#least <= 0 && this.#most >= 0) return 0;
    return this.#least; // results are fetched at once, while jobs may wait
  }

  /** @returns what the clock differs by at least, as checks of the last ten minutes prove; undefined without such a check */
  proven(nowMs: number): number | undefined {
    if (nowMs - this.#learntAtMs >= WINDOW_MS) return undefined;
    if (this.#least > 0) return this.#least;
    return Math.min(this.#most, 0);
  }

  get #least(): number {
    return Math.max(this.#lower, this.#formerLower);
  }

  get #most(): number {
    return Math.min(this.#upper, this.#formerUpper);
  }

  #forgetBut(upper: number, lower: number): void {
    this.#formerLower = -Infinity;
    this.#formerUpper = Infinity;
    this.#lower = lower;
    this.#upper = upper;
  }
}

/** Estimates the differences between the clock of this machine and those of the workers. Bounded. */
export class ClockDifferences {
  readonly #workers = new Map<string, WorkerClock>();

  /** @param nowMs of a monotonic clock */
  of(name: string, nowMs: number): WorkerClock {
    const known = this.#workers.get(name);
    if (known !== undefined) return known;
    const fresh = new WorkerClock(name, nowMs);
    this.#workers.set(name, fresh);
    if (this.#workers.size > MAX_WORKERS) {
      const [oldest] = this.#workers.keys();
      if (oldest !== undefined) this.#workers.delete(oldest);
    }
    return fresh;
  }

  /** What each worker of the last ten minutes differs by at least, milliseconds by name; positive: its clock is ahead. */
  proven(nowMs: number): Map<string, number> {
    const found = new Map<string, number>();
    for (const [name, worker] of this.#workers) {
      const ms = worker.proven(nowMs);
      if (ms !== undefined) found.set(name, ms);
    }
    return found;
  }
}
