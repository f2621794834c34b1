export interface ScanHandlers {
  /** The bytes between `<CHILD>` and `</CHILD>`. */
  onChild(block: Buffer): void;
  /** A block without end: the input ended, or the block exceeds the limit. It is skipped. */
  onUnclosed(): void;
}

const OPEN = Buffer.from("<CHILD>");
const CLOSE = Buffer.from("</CHILD>");

/**
 * Finds the `<CHILD>` blocks in a stream of bytes by plain search, as the original does: surrounding text is ignored, and
 * the first `</CHILD>` ends a block. Holds one block, up to the limit. Source: tools.md 6.1.
 */
export class ChildScanner {
  readonly #maxBlockBytes: number;
  readonly #handlers: ScanHandlers;
  #held: Buffer = Buffer.alloc(0);
  #searched = 0; // leading bytes of `#held` in which no tag begins
  #inside = false;
  #found = false;

  constructor(maxBlockBytes: number, handlers: ScanHandlers) {
    this.#maxBlockBytes = maxBlockBytes;
    this.#handlers = handlers;
  }

  get found(): boolean {
    return this.#found;
  }

  push(chunk: Buffer): void {
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    while (this.#inside ? this.#leave() : this.#enter());
  }

  end(): void {
    if (this.#inside) this.#handlers.onUnclosed();
    this.#inside = false;
    this.#held = Buffer.alloc(0);
  }

  /** @returns true if a block has begun */
  #enter(): boolean {
    const at = this.#held.indexOf(OPEN);
    if (at === -1) {
      this.#held = this.#held.subarray(Math.max(0, this.#held.length - OPEN.length + 1));
      return false;
    }
    this.#found = true;
    this.#inside = true;
    this.#held = this.#held.subarray(at + OPEN.length);
    this.#searched = 0;
    return true;
  }

  /** @returns true if the block has ended */
  #leave(): boolean {
    const at = this.#held.indexOf(CLOSE, this.#searched);
    const blockBytes = at === -1 ? this.#held.length : at;
    if (blockBytes > this.#maxBlockBytes) {
      this.#handlers.onUnclosed();
      this.#inside = false;
      return true; // the rest may contain the next block
    }
    if (at === -1) {
      this.#searched = Math.max(0, this.#held.length - CLOSE.length + 1);
      return false;
    }
    this.#handlers.onChild(this.#held.subarray(0, at));
    this.#inside = false;
    this.#held = this.#held.subarray(at + CLOSE.length);
    return true;
  }
}
