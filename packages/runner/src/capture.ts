/** Keeps the first `maxBytes` of a stream and counts the rest. */
export class Capture {
  readonly #maxBytes: number;
  readonly #chunks: Buffer[] = [];
  #keptBytes = 0;
  #droppedBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get droppedBytes(): number {
    return this.#droppedBytes;
  }

  push(chunk: Buffer): void {
    const freeBytes = this.#maxBytes - this.#keptBytes;
    const kept = chunk.length <= freeBytes ? chunk : chunk.subarray(0, freeBytes);
    if (kept.length > 0) this.#chunks.push(kept);
    this.#keptBytes += kept.length;
    this.#droppedBytes += chunk.length - kept.length;
  }

  take(): Buffer {
    return Buffer.concat(this.#chunks, this.#keptBytes);
  }
}
