import { CHECK_POINTS, eachHop, type VisitHop } from "@mod-gearman/observe";

const POINTS = CHECK_POINTS.length;
const APPLIED = CHECK_POINTS.indexOf("applied");
const FETCHED = CHECK_POINTS.indexOf("fetched");
const [STARTED, ENDED] = [CHECK_POINTS.indexOf("started"), CHECK_POINTS.indexOf("ended")];
/** That a core has without another setting. */
const USUAL_TIMEOUT_SECONDS = 60;

/** Instead of the number of a timeline. */
export const NO_TIMELINE = -1;

/** A finished check; its times are given apart. One object serves for all of them. */
export interface FinishedCheck {
  /** Of the object, see `objectKey`. */
  key: string;
  /** latin1. */
  queue: string;
  /** latin1; empty without one. */
  unique: string;
  /** Empty if the result does not name it. */
  worker: string;
  state: number;
  /** By how much the worker's clock is ahead, milliseconds; NaN: not known. */
  clockDifferenceMs: number;
  /** That the core gives the plugin; 0: not known. */
  timeoutSeconds: number;
}

/** As kept; times in the order of `CHECK_POINTS`, NaN where they are not known. */
export interface Timeline extends Readonly<FinishedCheck> {
  readonly times: Float64Array;
}

/**
 * The last finished checks, in columns: 96 bytes of numbers and four strings each, which are mostly shared. The oldest one makes space.
 * Nothing is looked up by a map, as a search is rare and takes a few milliseconds.
 */
export class CheckTimelines {
  readonly #capacity: number;
  readonly #times: Float64Array;
  readonly #differences: Float64Array;
  readonly #states: Int32Array;
  readonly #timeouts: Uint32Array;
  readonly #keys: string[] = [];
  readonly #queues: string[] = [];
  readonly #uniques: string[] = [];
  readonly #workers: string[] = [];
  /** Number of the next one; they are never used again. */
  #next = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#times = new Float64Array(capacity * POINTS);
    this.#differences = new Float64Array(capacity);
    this.#states = new Int32Array(capacity);
    this.#timeouts = new Uint32Array(capacity);
  }

  /** @param check read from, not kept, as are the times @returns its number */
  add(check: FinishedCheck, times: ArrayLike<number>): number {
    const at = this.#next % this.#capacity;
    const start = at * POINTS;
    for (let point = 0; point < POINTS; point++) this.#times[start + point] = times[point] ?? Number.NaN;
    this.#differences[at] = check.clockDifferenceMs;
    this.#states[at] = check.state;
    this.#timeouts[at] = check.timeoutSeconds;
    this.#keys[at] = check.key;
    this.#queues[at] = check.queue;
    this.#uniques[at] = check.unique;
    this.#workers[at] = check.worker;
    this.#next += 1;
    return this.#next - 1;
  }

  /** The core has its result. @returns false if it has made space for others meanwhile */
  applied(number: number, atMs: number): boolean {
    if (number < 0 || number < this.#next - this.#capacity || number >= this.#next) return false;
    this.#times[(number % this.#capacity) * POINTS + APPLIED] = atMs;
    return true;
  }

  queueOf(timeline: number): string {
    return this.#queues[timeline % this.#capacity] ?? "";
  }

  /** The hops of a timeline that {@link applied} has taken. */
  eachHop(timeline: number, visit: VisitHop): void {
    const at = timeline % this.#capacity;
    const ahead = this.#differences[at] ?? 0;
    eachHop(this.#times, Number.isNaN(ahead) ? 0 : ahead, visit, at * POINTS);
  }

  /** Of a number that {@link applied} takes. */
  at(number: number): Timeline {
    const at = number % this.#capacity;
    return {
      key: this.#keys[at] ?? "",
      queue: this.#queues[at] ?? "",
      unique: this.#uniques[at] ?? "",
      worker: this.#workers[at] ?? "",
      state: this.#states[at] ?? 0,
      clockDifferenceMs: this.#differences[at] ?? Number.NaN,
      timeoutSeconds: this.#timeouts[at] ?? 0,
      times: this.#times.subarray(at * POINTS, (at + 1) * POINTS),
    };
  }

  /** The newest first. @param key undefined: of any object */
  last(limit: number, key?: string): Timeline[] {
    const found: Timeline[] = [];
    const oldest = Math.max(0, this.#next - this.#capacity);
    for (let number = this.#next - 1; number >= oldest && found.length < limit; number--)
      if (key === undefined || this.#keys[number % this.#capacity] === key) found.push(this.at(number));
    return found;
  }

  /**
   * The newest run of each object, those first whose plugin took most of its time limit.
   *
   * @param sinceMs results fetched before are left out: their object may be gone
   */
  slowest(limit: number, sinceMs: number): Timeline[] {
    const seen = new Set<string>();
    const shares: { readonly number: number; readonly share: number }[] = [];
    const oldest = Math.max(0, this.#next - this.#capacity);
    for (let number = this.#next - 1; number >= oldest; number--) {
      const at = number % this.#capacity;
      const key = this.#keys[at] ?? "";
      if (seen.has(key)) continue;
      seen.add(key);
      if ((this.#times[at * POINTS + FETCHED] ?? Number.NaN) < sinceMs) continue;
      const share = this.#pluginMs(at) / (this.#timeouts[at] || USUAL_TIMEOUT_SECONDS);
      if (share > 0) shares.push({ number, share });
    }
    const first = shares.toSorted((a, b) => b.share - a.share).slice(0, limit);
    return first.map(({ number }) => this.at(number));
  }

  /** NaN if it is not known. */
  #pluginMs(at: number): number {
    const start = at * POINTS;
    return (this.#times[start + ENDED] ?? Number.NaN) - (this.#times[start + STARTED] ?? Number.NaN);
  }
}
