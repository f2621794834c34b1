const FIRST_CAPACITY = 256;
/** From this size on the buffer grows in place. */
const LARGE_BYTES = 1_048_576;

/**
 * Collects a message that arrives in chunks. Capacity doubles with the received bytes and never exceeds the
 * size of the message, so a peer cannot reserve memory by announcing a size, and single bytes cost no object
 * each. Internal to the package.
 */
export class ByteCollector {
  #buffer: Buffer = Buffer.alloc(0);
  /** What `#buffer` views, while it grows in place. */
  #growing: ArrayBuffer | undefined;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The collected bytes: a view, valid until the next `append`. */
  view(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Appends `from[start, end)`. `totalBytes`: the largest possible size of the message, as known now. */
  append(from: Buffer, start: number, end: number, totalBytes: number): void {
    const length = this.#length + (end - start);
    if (length > this.#buffer.length) this.#grow(length, totalBytes);
    from.copy(this.#buffer, this.#length, start, end);
    this.#length = length;
  }

  release(): Buffer {
    const bytes = this.#growing === undefined ? this.view() : this.#fixed(this.#growing);
    this.#growing = undefined;
    this.#buffer = Buffer.alloc(0);
    this.#length = 0;
    return bytes;
  }

  #grow(neededBytes: number, totalBytes: number): void {
    const doubled = Math.min(Math.max(FIRST_CAPACITY, 2 * neededBytes), totalBytes);
    const capacity = Math.max(neededBytes, doubled);
    if (this.#growing !== undefined) {
      this.#growing.resize(capacity);
      this.#buffer = Buffer.from(this.#growing, 0, capacity);
      return;
    }
    const bigger =
      (neededBytes < LARGE_BYTES ? undefined : this.#resizable(capacity, totalBytes)) ??
      Buffer.allocUnsafe(capacity);
    this.#buffer.copy(bigger, 0, 0, this.#length);
    this.#buffer = bigger;
  }

  /**
   * Reserves addresses for the whole message, memory for what has arrived: nothing is copied or left behind on the way.
   *
   * @returns undefined if there are no addresses left
   */
  #resizable(capacity: number, totalBytes: number): Buffer | undefined {
    try {
      this.#growing = new ArrayBuffer(capacity, { maxByteLength: totalBytes });
      return Buffer.from(this.#growing, 0, capacity);
    } catch {
      return undefined;
    }
  }

  /** A buffer as any other, as code that has seen resizable ones is slower for all. */
  #fixed(growing: ArrayBuffer): Buffer {
    return Buffer.from(growing.transferToFixedLength(this.#length));
  }
}
