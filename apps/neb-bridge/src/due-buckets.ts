/** An entry of {@link DueBuckets}, which own `bucket`. */
export interface Timed<T> {
  bucket: Set<T> | undefined;
}

/**
 * Entries by the time at which they are due, in steps of `widthMs`. The cost of an operation does not depend on the
 * number of entries; finding due entries costs one step per elapsed `widthMs`.
 */
export class DueBuckets<T extends Timed<T>> {
  readonly #widthMs: number;
  readonly #buckets = new Map<number, Set<T>>();
  readonly #due: Set<T>[] = [];
  /** Kept while entries are added and removed, so that no search passes removed entries again. */
  #current: IterableIterator<T> | undefined;
  #swept: number;

  /** @param nowMs start of the time */
  constructor(widthMs: number, nowMs: number) {
    this.#widthMs = widthMs;
    this.#swept = Math.floor(nowMs / widthMs);
  }

  /** Adds an entry that is in no bucket; it is due between `dueAtMs` and `widthMs` later. */
  put(entry: T, dueAtMs: number): void {
    const step = Math.max(Math.ceil(dueAtMs / this.#widthMs), this.#swept + 1);
    let bucket = this.#buckets.get(step);
    if (bucket === undefined) {
      bucket = new Set();
      this.#buckets.set(step, bucket);
    }
    bucket.add(entry);
    entry.bucket = bucket;
  }

  remove(entry: T): void {
    entry.bucket?.delete(entry);
    entry.bucket = undefined;
  }

  /** Makes entries due at once, after those already due. */
  hurry(entries: Iterable<T>): void {
    const bucket = new Set<T>();
    for (const entry of entries) {
      this.remove(entry);
      bucket.add(entry);
      entry.bucket = bucket;
    }
    this.#due.push(bucket);
  }

  /**
   * Makes entries due at once, after those already due.
   *
   * @param bucket a set that is the `bucket` of its entries; owned by the buckets from now on
   */
  hurryBucket(bucket: Set<T>): void {
    this.#due.push(bucket);
  }

  /** Entries due at `nowMs` are returned by {@link next} from now on. */
  advance(nowMs: number): void {
    const upTo = Math.floor(nowMs / this.#widthMs);
    for (; this.#swept < upTo; this.#swept += 1) {
      const bucket = this.#buckets.get(this.#swept + 1);
      if (bucket === undefined) continue;
      this.#buckets.delete(this.#swept + 1);
      this.#due.push(bucket);
    }
  }

  /** Removes and returns the next due entry. */
  next(): T | undefined {
    for (;;) {
      this.#current ??= this.#due.shift()?.values();
      const step = this.#current?.next();
      if (step === undefined) return undefined;
      if (step.done !== true) {
        this.remove(step.value);
        return step.value;
      }
      this.#current = undefined;
    }
  }

  clear(): void {
    this.#buckets.clear();
    this.#due.length = 0;
    this.#current = undefined;
  }
}
