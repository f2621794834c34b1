const COMPACT_AT = 1024;

/** First in, first out, in constant time per entry; for whoever holds jobs or requests in order. */
export class Fifo<T> {
  #entries: (T | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#entries.length - this.#head;
  }

  /** The oldest entry. */
  get first(): T | undefined {
    return this.#entries[this.#head];
  }

  push(entry: T): void {
    this.#entries.push(entry);
  }

  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const entry = this.#entries[this.#head];
    this.#entries[this.#head++] = undefined;
    if (this.#head === this.#entries.length || this.#head >= COMPACT_AT) {
      this.#entries.splice(0, this.#head);
      this.#head = 0;
    }
    return entry;
  }

  /** Put entries in front of all others, keeping their order. */
  unshiftAll(entries: readonly T[]): void {
    this.#entries = [...entries, ...this.#entries.slice(this.#head)];
    this.#head = 0;
  }

  /** Take everything out. */
  takeAll(): T[] {
    const entries = this.#entries.slice(this.#head) as T[];
    this.#entries = [];
    this.#head = 0;
    return entries;
  }
}
