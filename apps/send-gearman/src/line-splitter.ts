export interface LineHandlers {
  /** A line without its LF; a view, valid until the call returns. `number` counts from 1. */
  onLine(line: Buffer, number: number): void;
  /** A line longer than the limit has ended; it was discarded. */
  onTooLong(number: number): void;
}

const LF = 0x0a;

/** Cuts a stream of bytes into lines. Holds at most one line, up to the limit. */
export class LineSplitter {
  readonly #maxLineBytes: number;
  readonly #handlers: LineHandlers;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #tooLong = false;
  #number = 0;

  constructor(maxLineBytes: number, handlers: LineHandlers) {
    this.#maxLineBytes = maxLineBytes;
    this.#handlers = handlers;
  }

  get isHolding(): boolean {
    return this.#heldBytes > 0;
  }

  /** `chunk` is retained until its line has ended. */
  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      this.#endLine(chunk.subarray(start, end));
      start = end + 1;
    }
    if (start < chunk.length) this.#hold(start === 0 ? chunk : chunk.subarray(start));
  }

  /** At the end of the stream: a last line without LF counts too (decision T8). */
  end(): void {
    if (this.#heldBytes > 0 || this.#tooLong) this.#endLine(Buffer.alloc(0));
  }

  #hold(rest: Buffer): void {
    if (this.#tooLong) return;
    this.#held.push(rest);
    this.#heldBytes += rest.length;
    if (this.#heldBytes <= this.#maxLineBytes) return;
    this.#tooLong = true;
    this.#held = [];
    this.#heldBytes = 0;
  }

  #endLine(rest: Buffer): void {
    this.#number++;
    if (this.#tooLong || this.#heldBytes + rest.length > this.#maxLineBytes) {
      this.#handlers.onTooLong(this.#number);
    } else {
      const line = this.#heldBytes === 0 ? rest : Buffer.concat([...this.#held, rest]);
      this.#handlers.onLine(line, this.#number);
    }
    if (this.#heldBytes > 0) {
      this.#held = [];
      this.#heldBytes = 0;
    }
    this.#tooLong = false;
  }
}
