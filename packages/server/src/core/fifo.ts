const FIRST_CAPACITY = 16; // a power of two, as all capacities are
const KEPT_CAPACITY = 1024;

/** First in, first out, in a ring that doubles when it is full: no element is moved when one leaves. */
export class Fifo<T> {
  #items: (T | undefined)[] = []; // made with the first item: most queues are never used
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The oldest one, undefined when empty. */
  get first(): T | undefined {
    return this.#length === 0 ? undefined : this.#items[this.#head];
  }

  push(item: T): void {
    if (this.#length === this.#items.length) this.#double();
    this.#items[(this.#head + this.#length) & (this.#items.length - 1)] = item;
    this.#length += 1;
  }

  /** Take the oldest one out. */
  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#items.length - 1);
    this.#length -= 1;
    if (this.#length === 0 && this.#items.length > KEPT_CAPACITY) {
      this.#items = newRing(FIRST_CAPACITY);
      this.#head = 0;
    }
    return item;
  }

  #double(): void {
    const old = this.#items;
    const bigger = newRing<T>(Math.max(2 * old.length, FIRST_CAPACITY));
    for (let at = 0; at < this.#length; at++) bigger[at] = old[(this.#head + at) & (old.length - 1)];
    this.#items = bigger;
    this.#head = 0;
  }
}

function newRing<T>(capacity: number): (T | undefined)[] {
  return new Array<T | undefined>(capacity).fill(undefined);
}
