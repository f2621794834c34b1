const FIRST_CAPACITY = 256;

/**
 * Collects a message that arrives in chunks. Capacity doubles with the received bytes and never exceeds the
 * size of the message, so a peer cannot reserve memory by announcing a size, and single bytes cost no object
 * each. Internal to the package.
 */
export class ByteCollector {
  #buffer: Buffer = Buffer.alloc(0);
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
    const bytes = this.view();
    this.#buffer = Buffer.alloc(0);
    this.#length = 0;
    return bytes;
  }

  #grow(neededBytes: number, totalBytes: number): void {
    const doubled = Math.min(Math.max(FIRST_CAPACITY, 2 * neededBytes), totalBytes);
    const bigger = Buffer.allocUnsafe(Math.max(neededBytes, doubled));
    this.#buffer.copy(bigger, 0, 0, this.#length);
    this.#buffer = bigger;
  }
}
