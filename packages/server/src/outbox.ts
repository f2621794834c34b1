import type { Duplex } from "node:stream";

const HEADER_BYTES = 12;
const RES = 0x00524553;
const FIRST_CAPACITY = 512;
/** From here on data is handed over as it is, not copied behind the other answers. */
const LARGE_BYTES = 16_384;

/**
 * Answers to one peer: collected while the server works on one received chunk, written at once when it is
 * through with it, so that a pipelined request costs no system call of its own. Source: job-server.md 9.
 */
export class Outbox {
  readonly #duplex: Duplex;
  readonly #maxWaitingBytes: number;
  readonly #onOverflow: () => void;
  #pieces: Buffer[] = [];
  #pieceBytes = 0;
  #buffer: Buffer = Buffer.alloc(0);
  #length = 0; // used bytes of #buffer
  #isScheduled = false;
  #isClosed = false;

  /**
   * @param maxWaitingBytes when more than this waits for the peer already, nothing is added and `onOverflow`
   * called once; so that the memory for one peer is bounded by this and one packet
   */
  constructor(duplex: Duplex, maxWaitingBytes: number, onOverflow: () => void) {
    this.#duplex = duplex;
    this.#maxWaitingBytes = maxWaitingBytes;
    this.#onOverflow = onOverflow;
  }

  /** Add a packet with response magic; see `Send`. */
  packet(type: number, head: string, data?: Buffer): void {
    const dataBytes = data?.length ?? 0;
    const isLarge = dataBytes >= LARGE_BYTES;
    const ownBytes = HEADER_BYTES + head.length + (isLarge ? 0 : dataBytes);
    if (!this.#reserve(ownBytes)) return;
    const buffer = this.#buffer;
    let at = this.#length;
    buffer.writeUInt32BE(RES, at);
    buffer.writeUInt32BE(type, at + 4);
    buffer.writeUInt32BE(head.length + dataBytes, at + 8);
    at += HEADER_BYTES;
    if (head !== "") at += buffer.write(head, at, "latin1");
    if (data !== undefined && !isLarge) at += data.copy(buffer, at);
    this.#length = at;
    if (data !== undefined && isLarge) this.#addPiece(data);
  }

  /** Add the answer to a text command, latin1. */
  text(text: string): void {
    if (!this.#reserve(text.length)) return;
    this.#length += this.#buffer.write(text, this.#length, "latin1");
  }

  /** Write what was collected. */
  flush(): void {
    this.#isScheduled = false;
    if (this.#isClosed || this.#duplex.writableEnded) return;
    this.#seal();
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#pieceBytes = 0;
    if (pieces.length > 1) this.#duplex.cork();
    for (const piece of pieces) this.#duplex.write(piece);
    if (pieces.length > 1) this.#duplex.uncork();
  }

  /** Nothing is taken or written from now on. */
  close(): void {
    this.#isClosed = true;
    this.#pieces = [];
    this.#buffer = Buffer.alloc(0);
    this.#length = 0;
  }

  /** Make room for `bytes` more in the buffer; false when they must be dropped. */
  #reserve(bytes: number): boolean {
    if (this.#isClosed) return false;
    if (this.#duplex.writableLength + this.#pieceBytes + this.#length > this.#maxWaitingBytes) {
      this.close();
      this.#onOverflow();
      return false;
    }
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      // runs when the handler of the received chunk has returned
      queueMicrotask(() => this.flush());
    }
    const needed = this.#length + bytes;
    if (needed > this.#buffer.length) {
      const bigger = Buffer.allocUnsafe(Math.max(FIRST_CAPACITY, needed, 2 * this.#buffer.length));
      this.#buffer.copy(bigger, 0, 0, this.#length);
      this.#buffer = bigger;
    }
    return true;
  }

  #addPiece(piece: Buffer): void {
    this.#seal();
    this.#pieces.push(piece);
    this.#pieceBytes += piece.length;
  }

  #seal(): void {
    if (this.#length === 0) return;
    this.#pieces.push(this.#buffer.subarray(0, this.#length));
    this.#pieceBytes += this.#length;
    this.#buffer = Buffer.alloc(0);
    this.#length = 0;
  }
}
