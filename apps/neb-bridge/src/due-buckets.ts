/** What {@link DueBuckets} keeps; `place` belongs to the buckets. */
export interface Timed<T> {
  place: Set<T> | undefined;
}

/**
 * Entries by the time at which they are due, in steps of `widthMs`. The cost of an operation does not depend on the
 * number of entries; looking for what is due costs one step per `widthMs` that has passed.
 */
export class DueBuckets<T extends Timed<T>> {
  readonly #widthMs: number;
  readonly #buckets = new Map<number, Set<T>>();
  readonly #due: Set<T>[] = [];
  /** Kept while entries come and go, so that no search starts again at the places of removed entries. */
  #current: IterableIterator<T> | undefined;
  #swept: number;

  /** @param nowMs from here on time is counted */
  constructor(widthMs: number, nowMs: number) {
    this.#widthMs = widthMs;
    this.#swept = Math.floor(nowMs / widthMs);
  }

  /** Adds an entry that is in no bucket; never found before `dueAtMs`, at most `widthMs` later. */
  put(entry: T, dueAtMs: number): void {
    const step = Math.max(Math.ceil(dueAtMs / this.#widthMs), this.#swept + 1);
    let bucket = this.#buckets.get(step);
    if (bucket === undefined) {
      bucket = new Set();
      this.#buckets.set(step, bucket);
    }
    bucket.add(entry);
    entry.place = bucket;
  }

  remove(entry: T): void {
    entry.place?.delete(entry);
    entry.place = undefined;
  }

  /** Makes entries due at once, behind those that are already. */
  hurry(entries: Iterable<T>): void {
    const bucket = new Set<T>();
    for (const entry of entries) {
      this.remove(entry);
      bucket.add(entry);
      entry.place = bucket;
    }
    this.#due.push(bucket);
  }

  /**
   * Makes entries due at once, behind those that are already.
   *
   * @param bucket a set that its entries have as their place; belongs to the buckets from now on
   */
  hurryBucket(bucket: Set<T>): void {
    this.#due.push(bucket);
  }

  /** From now on {@link next} gives what is due at `nowMs` as well. */
  advance(nowMs: number): void {
    const upTo = Math.floor(nowMs / this.#widthMs);
    for (; this.#swept < upTo; this.#swept += 1) {
      const bucket = this.#buckets.get(this.#swept + 1);
      if (bucket === undefined) continue;
      this.#buckets.delete(this.#swept + 1);
      this.#due.push(bucket);
    }
  }

  /** Takes the next due entry out. */
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
