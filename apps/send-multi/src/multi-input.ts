import { ChildScanner } from "./child-scanner.ts";

/** Longest `<CHILD>` block; a longer one counts as a block without end. */
const MAX_BLOCK_BYTES = 16 * 1024 * 1024;
/** Input is processed in pieces of at least that size, as in C: a short input is sent only after its end. */
const PIECE_BYTES = 64 * 1024;
/** The message quotes at most this much of an input that is not a report. */
const MAX_QUOTED_BYTES = PIECE_BYTES - 1;

/** UTF-8 byte order mark, which Windows editors and shells write at the beginning of a text (T20). */
const MARK = Buffer.from([0xef, 0xbb, 0xbf]);

export class MultiInput {
  readonly #scanner: ChildScanner;
  #pieces: Buffer[] = [];
  #pieceBytes = 0;
  #head: Buffer = Buffer.alloc(0);
  #isAscii = true;
  #isFirst = true;
  #unclosed = 0;

  constructor(onChild: (block: Buffer) => void) {
    this.#scanner = new ChildScanner(MAX_BLOCK_BYTES, {
      onChild,
      onUnclosed: () => {
        this.#unclosed++;
      },
    });
  }

  get unclosed(): number {
    return this.#unclosed;
  }

  /** An input without any block that is ASCII text, most likely an error message. Cut after 64 KiB. */
  get message(): Buffer | undefined {
    const nul = this.#head.indexOf(0); // ends a text, as in C
    const text = nul === -1 ? this.#head : this.#head.subarray(0, nul);
    return !this.#scanner.found && this.#isAscii && text.length > 0 ? text : undefined;
  }

  push(chunk: Buffer): void {
    this.#pieces.push(chunk);
    this.#pieceBytes += chunk.length;
    if (this.#pieceBytes >= PIECE_BYTES) this.#scan();
  }

  end(): void {
    this.#scan();
    this.#scanner.end();
  }

  #scan(): void {
    const whole = Buffer.concat(this.#pieces, this.#pieceBytes);
    const piece =
      this.#isFirst && whole.subarray(0, MARK.length).equals(MARK) ? whole.subarray(MARK.length) : whole;
    this.#isFirst = false;
    this.#pieces = [];
    this.#pieceBytes = 0;
    this.#scanner.push(piece);
    if (this.#scanner.found) return;
    this.#isAscii &&= piece.every((byte) => byte < 0x80);
    if (this.#head.length < MAX_QUOTED_BYTES)
      this.#head = Buffer.concat([this.#head, piece]).subarray(0, MAX_QUOTED_BYTES);
  }
}
