const FIRST_CAPACITY = 16; // a power of two, as all capacities are
/** An empty ring of up to this capacity never shrinks. */
const KEPT_CAPACITY = 1024;
/** An empty ring of more than this capacity shrinks at once. */
const MOST_CAPACITY = 65_536;

/**
 * First in, first out, in a ring that doubles when full: removing an entry moves no other. One that fills and empties
 * again and again keeps its capacity, as growing costs more than all other work on it.
 */
export class Fifo<T> {
  #items: (T | undefined)[] = []; // allocated with the first item: most queues are never used
  #head = 0;
  #length = 0;
  #hasGrown = false; // since it was empty last

  get length(): number {
    return this.#length;
  }

  /** Places of its ring, filled or not. */
  get capacity(): number {
    return this.#items.length;
  }

  get first(): T | undefined {
    return this.#length === 0 ? undefined : this.#items[this.#head];
  }

  push(item: T): void {
    if (this.#length === this.#items.length) {
      this.#hasGrown = true;
      this.#resize(Math.max(2 * this.#length, FIRST_CAPACITY));
    }
    this.#items[(this.#head + this.#length) & (this.#items.length - 1)] = item;
    this.#length += 1;
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#items.length - 1);
    this.#length -= 1;
    if (this.#length === 0 && this.#items.length > KEPT_CAPACITY) this.#shrink();
    return item;
  }

  /** It is empty: halves the ring if so much was not needed since it was empty last. */
  #shrink(): void {
    const capacity = this.#items.length;
    if (capacity > MOST_CAPACITY) this.#resize(FIRST_CAPACITY);
    else if (!this.#hasGrown) this.#resize(capacity / 2);
    this.#hasGrown = false;
  }

  /** To be called now and then: halves the ring of an empty queue, so that a backlog that is over costs no memory. */
  trim(): void {
    if (this.#length === 0 && this.#items.length > KEPT_CAPACITY) this.#resize(this.#items.length / 2);
  }

  /** Puts entries in front of all others, in their order. */
  unshiftAll(items: readonly T[]): void {
    let capacity = Math.max(this.#items.length, FIRST_CAPACITY);
    while (capacity < this.#length + items.length) capacity *= 2;
    if (capacity !== this.#items.length) this.#resize(capacity);
    this.#head = (this.#head - items.length) & (capacity - 1);
    for (const [at, item] of items.entries()) this.#items[(this.#head + at) & (capacity - 1)] = item;
    this.#length += items.length;
  }

  /** The entry behind `index` others, undefined behind the last one. */
  at(index: number): T | undefined {
    return index < this.#length ? this.#items[(this.#head + index) & (this.#items.length - 1)] : undefined;
  }

  /** Removes one entry, wherever it is, in time that grows with the length. @returns false if it is not contained */
  remove(item: T): boolean {
    const items = this.#items;
    const mask = items.length - 1;
    let at = 0;
    while (at < this.#length && items[(this.#head + at) & mask] !== item) at += 1;
    if (at === this.#length) return false;
    for (; at + 1 < this.#length; at++) items[(this.#head + at) & mask] = items[(this.#head + at + 1) & mask];
    items[(this.#head + at) & mask] = undefined;
    this.#length -= 1;
    return true;
  }

  takeAll(): T[] {
    const items = this.#inOrder() as T[];
    this.#items = [];
    this.#head = 0;
    this.#length = 0;
    return items;
  }

  #inOrder(): (T | undefined)[] {
    const end = this.#head + this.#length;
    const beforeWrap = this.#items.slice(this.#head, end);
    return end <= this.#items.length
      ? beforeWrap
      : beforeWrap.concat(this.#items.slice(0, end - this.#items.length));
  }

  #resize(capacity: number): void {
    const old = this.#items;
    const items = new Array<T | undefined>(capacity).fill(undefined);
    for (let at = 0; at < this.#length; at++) items[at] = old[(this.#head + at) & (old.length - 1)];
    this.#items = items;
    this.#head = 0;
  }
}
