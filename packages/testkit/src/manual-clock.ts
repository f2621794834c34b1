export interface ManualTimer {
  readonly dueMs: number;
  readonly run: () => void;
}

/**
 * A clock advanced by the test, with the members of `Clock` of `@mod-gearman/base`. Milliseconds from an arbitrary
 * start.
 */
export class ManualClock {
  #nowMs: number;
  /** Offset of the time of day. */
  #setMs = 0;
  #timers: ManualTimer[] = [];
  /** Return value of `random()`, 0 ≤ x < 1. The default is the middle of the range, so that jitter is zero. */
  randomValue = 0.5;

  constructor(startMs = 1_000_000) {
    this.#nowMs = startMs;
  }

  wallMs(): number {
    return this.#nowMs + this.#setMs;
  }

  /** Milliseconds that `setTimeOfDay` does not change. */
  monotonicMs(): number {
    return this.#nowMs;
  }

  /** Sets the time of day forward by `byMs`, or back; timers go on as before. */
  setTimeOfDay(byMs: number): void {
    this.#setMs += byMs;
  }

  /** Time passes while the process is stopped: what becomes due runs late, with the next `tick` or `advance`. */
  stop(ms: number): void {
    this.#nowMs += ms;
  }

  random(): number {
    return this.randomValue;
  }

  setTimeout(fn: () => void, ms: number): ManualTimer {
    const timer = { dueMs: this.#nowMs + Math.max(0, ms), run: fn };
    this.#timers.push(timer);
    return timer;
  }

  clearTimeout(timer: ManualTimer): void {
    this.#timers = this.#timers.filter((other) => other !== timer);
  }

  /** Timers that are armed. 0 at the end of a test shows that nothing was forgotten. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Milliseconds until the next timer is due; undefined without one. */
  get nextInMs(): number | undefined {
    const next = this.#next(Number.POSITIVE_INFINITY);
    return next === undefined ? undefined : next.dueMs - this.#nowMs;
  }

  /** Move on by `ms`, running what becomes due in its order, in this turn. */
  tick(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (let timer = this.#next(endMs); timer !== undefined; timer = this.#next(endMs)) this.#run(timer);
    this.#nowMs = endMs;
  }

  /** As `tick`, but promises and in-memory streams settle before, between and after the timers. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await settle();
    for (let timer = this.#next(endMs); timer !== undefined; timer = this.#next(endMs)) {
      this.#run(timer);
      await settle();
    }
    this.#nowMs = endMs;
    await settle();
  }

  #run(timer: ManualTimer): void {
    this.clearTimeout(timer);
    this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
    timer.run();
  }

  #next(endMs: number): ManualTimer | undefined {
    let next: ManualTimer | undefined;
    for (const timer of this.#timers)
      if (timer.dueMs <= endMs && (next === undefined || timer.dueMs < next.dueMs)) next = timer;
    return next;
  }
}

const SETTLE_TURNS = 12; // a request and its answer over a duplex pair take five

/** Let everything happen that needs no clock and no network: promises, ticks, bytes in duplex pairs. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < SETTLE_TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
}
