/** Keeps the first `maxBytes` of a stream and counts the rest. */
export class Capture {
  readonly #maxBytes: number;
  readonly #chunks: Buffer[] = [];
  #keptBytes = 0;
  #droppedBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes that did not fit. */
  get droppedBytes(): number {
    return this.#droppedBytes;
  }

  push(chunk: Buffer): void {
    const room = this.#maxBytes - this.#keptBytes;
    const kept = chunk.length <= room ? chunk : chunk.subarray(0, room);
    if (kept.length > 0) this.#chunks.push(kept);
    this.#keptBytes += kept.length;
    this.#droppedBytes += chunk.length - kept.length;
  }

  /** What was kept, as one buffer. */
  take(): Buffer {
    return Buffer.concat(this.#chunks, this.#keptBytes);
  }
}
