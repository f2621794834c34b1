interface Flushable {
  flush(): void;
}

const FIRST_BYTES = 512;
const MAX_SPARES = 16;
const SPARE_BYTES = 8192;
const MAX_SPARE_BYTES = 65_536;

/**
 * Writes to peers once per turn of the event loop, after all input has been processed: a write is a system
 * call that also wakes the peer, by far the largest cost of a small packet. Peers are written to in the order
 * of their first packet.
 */
export class Flusher {
  #waiting: Flushable[] = [];
  #resting: Flushable[] = []; // the second of two arrays used alternately
  readonly #afterwards: (() => void)[] = [];
  readonly #spares: Buffer[] = [];
  #isScheduled = false;

  /** Flushed at the end of this turn. */
  add(one: Flushable): void {
    this.#waiting.push(one);
    this.#schedule();
  }

  /** `callback` runs once all data pending now has been written. */
  afterwards(callback: () => void): void {
    this.#afterwards.push(callback);
    this.#schedule();
  }

  /** A buffer of at least `bytes`: used ones are preferred, as they are in the processor's cache. */
  takeBuffer(bytes: number): Buffer {
    const spare = this.#spares.pop();
    if (spare !== undefined && spare.length >= bytes) return spare;
    const least = this.#waiting.length <= MAX_SPARES ? SPARE_BYTES : FIRST_BYTES;
    return Buffer.allocUnsafeSlow(Math.max(least, bytes));
  }

  /** `buffer` must not be used after this. */
  giveBack(buffer: Buffer): void {
    if (buffer.length < SPARE_BYTES || buffer.length > MAX_SPARE_BYTES) return;
    if (this.#spares.length < MAX_SPARES) this.#spares.push(buffer);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#run);
  }

  readonly #run = (): void => {
    this.#isScheduled = false;
    const waiting = this.#waiting;
    this.#waiting = this.#resting;
    this.#resting = waiting;
    for (const one of waiting) one.flush();
    waiting.length = 0;
    if (this.#afterwards.length > 0) for (const callback of this.#afterwards.splice(0)) callback();
  };
}
