import type { Micros } from "@mod-gearman/payload";

interface Answered {
  /** Planned times from this one to the next. */
  readonly from: number;
  readonly to: number;
  readonly atMs: number;
}

/** More runs of one object than this do not wait for their second result at the same time. */
const MAX_PER_OBJECT = 4;
/** Times pass through text with six decimals, in Go through a double as well. */
const SAME_MICROS = 1000;
/** A result without the planned time of its check counts as the second one for this long. */
const UNNAMED_MS = 600_000;
const DAY_MICROS = 86_400_000_000;

/**
 * Runs of checks that have been answered and may be answered once more: their job was put on a second server, or they got a
 * result from the bridge. Bounded; the oldest are forgotten. Times are microseconds as numbers.
 */
export class AnsweredChecks {
  readonly #maxObjects: number;
  readonly #answered = new Map<string, Answered[]>();

  constructor(maxObjects: number) {
    this.#maxObjects = maxObjects;
  }

  get isEmpty(): boolean {
    return this.#answered.size === 0;
  }

  add(key: string, coreTime: number, atMs: number): void {
    this.#add(key, { from: coreTime - SAME_MICROS, to: coreTime + SAME_MICROS, atMs });
  }

  /** A run whose planned time is not known: it was before this one. */
  addUntil(key: string, to: number, atMs: number): void {
    this.#add(key, { from: Number.NEGATIVE_INFINITY, to, atMs });
  }

  #add(key: string, one: Answered): void {
    const before = this.#answered.get(key) ?? [];
    this.#answered.delete(key);
    this.#answered.set(key, [...before.slice(1 - MAX_PER_OBJECT), one]);
    if (this.#answered.size <= this.#maxObjects) return;
    const [oldest] = this.#answered.keys();
    if (oldest !== undefined) this.#answered.delete(oldest);
  }

  /** The result of this run is wanted after all. */
  forget(key: string, coreTime: number): void {
    const rest = (this.#answered.get(key) ?? []).filter(({ from, to }) => coreTime < from || coreTime > to);
    if (rest.length > 0) this.#answered.set(key, rest);
    else this.#answered.delete(key);
  }

  /**
   * Whether a result is the second one of a run.
   *
   * @param planned of the result; C workers leave it out or send garbage
   * @param isExpected whether a job of that object is under way
   * @param now time of day
   */
  isSecond(
    key: string,
    planned: Micros | undefined,
    o: { isExpected: boolean; now: Micros; nowMs: number },
  ): boolean {
    const answered = this.#answered.get(key);
    if (answered === undefined) return false;
    const time = planned === undefined ? Number.NaN : Number(planned);
    if (Math.abs(time - Number(o.now)) < DAY_MICROS)
      return answered.some(({ from, to }) => from <= time && time <= to);
    const [oldest, ...others] = answered;
    if (o.isExpected || oldest === undefined || o.nowMs - oldest.atMs > UNNAMED_MS) return false;
    if (others.length === 0) this.#answered.delete(key);
    else this.#answered.set(key, others);
    return true;
  }
}
