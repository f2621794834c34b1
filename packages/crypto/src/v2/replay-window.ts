import type { EnvelopeHeader } from "./header.ts";

/** Counters of one run that may be missing or late; what is further behind the highest one counts as taken. */
const MAX_COUNTERS = 1024;
const MAX_RUNS = 4096;
/** Counters of all runs that came before lower ones: a sender that leaves gaps must not fill the memory, some 3 MB. */
const MAX_AHEAD = 65_536;

export interface ReplayWindowOptions {
  /** How far the sender's clock and the way of a message may be off, in both directions, milliseconds. */
  readonly windowMs: number;
  /** What was sealed up to this time is refused, milliseconds since 1970: nothing is known about messages before. Default: 0. */
  readonly floorMs?: number;
  /** Runs of the sender that are remembered. When there are more, what is as old as the oldest one is refused. Default: 4096. */
  readonly maxRuns?: number;
}

/** One run of the sender, by its boot id. */
interface Run {
  /** All counters up to this one are taken. */
  taken: number;
  /** Further ones that are taken. */
  readonly ahead: Set<number>;
  highest: number;
  lastArrivalMs: number;
  latestTimeMs: number;
}

/**
 * What one sender sent within a window of time: each message is taken once. Messages of other senders must not be given to it.
 * Clocks have to agree to `windowMs`. Give it authentic headers only. Source: envelope-v2.md 8.
 */
export class ReplayWindow {
  readonly #windowMs: number;
  readonly #maxRuns: number;
  #floorMs: number;
  #ahead = 0;
  /** Least recently heard of first. */
  readonly #runs = new Map<string, Run>();

  constructor({ windowMs, floorMs = 0, maxRuns = MAX_RUNS }: ReplayWindowOptions) {
    this.#windowMs = windowMs;
    this.#floorMs = floorMs;
    this.#maxRuns = maxRuns;
  }

  /**
   * Takes a message, or says why not. The time of day may be set back: what was taken stays so.
   *
   * @param nowMs time of day, milliseconds since 1970
   */
  take(header: EnvelopeHeader, nowMs: number): "OUT_OF_TIME" | "REPLAYED" | undefined {
    const { timeMs, counter } = header;
    if (Math.abs(timeMs - nowMs) > this.#windowMs) return "OUT_OF_TIME";
    this.#forgetBefore(nowMs - 2 * this.#windowMs);
    const name = header.bootId.toString("latin1");
    const run = this.#runs.get(name) ?? newRun();
    if (counter <= run.taken || run.ahead.has(counter)) return "REPLAYED";
    if (timeMs <= this.#floorMs) return "OUT_OF_TIME";
    const before = run.ahead.size;
    takeCounter(run, counter);
    this.#ahead += run.ahead.size - before;
    run.lastArrivalMs = Math.max(run.lastArrivalMs, nowMs);
    run.latestTimeMs = Math.max(run.latestTimeMs, timeMs);
    this.#runs.delete(name);
    this.#runs.set(name, run);
    while (this.#runs.size > this.#maxRuns || this.#ahead > MAX_AHEAD) this.#forgetOldest();
    return undefined;
  }

  /** Messages of runs that were last heard of before that time are outside of the window by their own time. */
  #forgetBefore(arrivalMs: number): void {
    for (const [name, run] of this.#runs) {
      if (run.lastArrivalMs >= arrivalMs) return;
      this.#forget(name, run);
    }
  }

  #forgetOldest(): void {
    const [oldest] = this.#runs;
    if (oldest !== undefined) this.#forget(...oldest);
  }

  /** What the run sent stays refused, also if the time of day is set back. */
  #forget(name: string, run: Run): void {
    this.#runs.delete(name);
    this.#ahead -= run.ahead.size;
    this.#floorMs = Math.max(this.#floorMs, run.latestTimeMs);
  }
}

function newRun(): Run {
  return { taken: 0, ahead: new Set(), highest: 0, lastArrivalMs: 0, latestTimeMs: 0 };
}

function takeCounter(run: Run, counter: number): void {
  run.ahead.add(counter);
  run.highest = Math.max(run.highest, counter);
  if (run.ahead.size > MAX_COUNTERS) {
    run.taken = Math.max(run.taken, run.highest - MAX_COUNTERS);
    for (const one of run.ahead) if (one <= run.taken) run.ahead.delete(one);
  }
  while (run.ahead.delete(run.taken + 1)) run.taken += 1;
}
