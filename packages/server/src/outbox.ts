import type { Duplex } from "node:stream";
import { PacketType } from "@mod-gearman/protocol";
import { assignHead, type Job } from "./core/entities.ts";
import { READ_BYTES } from "./core/read-bytes.ts";
import { writeArgument } from "./core/written-text.ts";
import type { Flusher } from "./flusher.ts";

const HEADER_BYTES = 12;
const MAX_HANDLE_BYTES = 64; // with its NUL
const EMPTY: Buffer = Buffer.alloc(0);
/**
 * From this size data is written without being copied behind the other answers; less may be a view of the read buffer.
 */
const LARGE_BYTES = READ_BYTES;
/** More than this is not held until the end of the turn. */
const FULL_BYTES = 65_536;

/**
 * Output for one peer, in as few writes as possible: answers are collected while the server processes the
 * peer's requests, so that a pipelined request costs no system call of its own; packets caused by others are
 * collected until the end of the turn of the event loop. Source: job-server.md 9.
 */
export class Outbox {
  readonly #duplex: Duplex;
  readonly #maxWaitingBytes: number;
  readonly #flusher: Flusher;
  readonly #takesCopies: boolean;
  readonly #onOverflow: () => void;
  readonly #onFreed: (bytes: number) => void;
  #pieces: Buffer[] | undefined; // before the content of #buffer
  #pieceBytes = 0;
  #buffer: Buffer = EMPTY;
  #length = 0; // used bytes of #buffer
  #isScheduled = false;
  #isHeld = false;
  #isBehind = false; // a write waits until the peer has read earlier ones
  #deferred: Buffer[] | undefined; // packets that wait for the end of a long answer
  #deferredBytes = 0;
  #isClosed = false;

  /**
   * @param options `maxWaitingBytes`: when more than this waits for the peer already, nothing is added and
   * `onOverflow` called once, so that the memory for one peer is bounded by this and one packet. `takesCopies`: the
   * stream does not look at a written buffer any more when nothing of it waits, so that it can be used again; a socket.
   * `onFreed`: so many bytes of large data are not needed any more
   */
  constructor(
    duplex: Duplex,
    options: {
      maxWaitingBytes: number;
      flusher: Flusher;
      takesCopies: boolean;
      onOverflow: () => void;
      onFreed: (bytes: number) => void;
    },
  ) {
    this.#duplex = duplex;
    this.#maxWaitingBytes = options.maxWaitingBytes;
    this.#flusher = options.flusher;
    this.#takesCopies = options.takesCopies;
    this.#onOverflow = options.onOverflow;
    this.#onFreed = options.onFreed;
  }

  /** With response magic; see `Send`. */
  packet(
    type: number,
    head: string,
    data?: Buffer,
    from = 0,
    dataBytes = data === undefined ? 0 : data.length,
  ): void {
    if (this.#deferred !== undefined) {
      this.#defer(type, head, data?.subarray(from, from + dataBytes));
      return;
    }
    const isLarge = dataBytes >= LARGE_BYTES;
    const headBytes = head.length;
    if (!this.#reserve(HEADER_BYTES + headBytes + (isLarge ? 0 : dataBytes))) return;
    const buffer = this.#buffer;
    let at = this.#length;
    writeHeader(buffer, at, type, headBytes + dataBytes);
    at += HEADER_BYTES;
    if (headBytes > 0) buffer.write(head, at, headBytes, "latin1");
    at += headBytes;
    if (data !== undefined && !isLarge) {
      if (dataBytes === data.length) buffer.set(data, at);
      else data.copy(buffer, at, from, from + dataBytes);
      at += dataBytes;
    }
    this.#length = at;
    if (data !== undefined && isLarge)
      this.#addPiece(dataBytes === data.length ? data : data.subarray(from, from + dataBytes));
  }

  /** See `Assign`. Usually without a string for the arguments: to make it takes as long as the rest. */
  assignment(type: number, job: Job, unique: string | undefined): void {
    const { bytes, dataAt, dataBytes } = job;
    if (this.#deferred !== undefined || dataBytes >= LARGE_BYTES) {
      this.packet(type, assignHead(job, unique), bytes, dataAt, dataBytes);
      return;
    }
    const { name } = job.function;
    const namesBytes = name.length + 1 + (unique === undefined ? 0 : unique.length + 1);
    if (!this.#reserve(HEADER_BYTES + MAX_HANDLE_BYTES + namesBytes + dataBytes)) return;
    const buffer = this.#buffer;
    const start = this.#length;
    let at = job.writeHandle(buffer, start + HEADER_BYTES);
    buffer[at] = 0;
    at = writeArgument(name, buffer, at + 1);
    if (unique !== undefined) at = writeArgument(unique, buffer, at);
    if (dataBytes === bytes.length) buffer.set(bytes, at);
    else bytes.copy(buffer, at, dataAt, dataAt + dataBytes);
    at += dataBytes;
    writeHeader(buffer, start, type, at - start - HEADER_BYTES);
    this.#length = at;
  }

  /** See `Confirm`. Usually without a string for the handle, as in {@link assignment}. */
  confirmation(job: Job): void {
    if (this.#deferred !== undefined) {
      this.packet(PacketType.JOB_CREATED, job.handle);
      return;
    }
    if (!this.#reserve(HEADER_BYTES + MAX_HANDLE_BYTES)) return;
    const start = this.#length;
    const end = job.writeHandle(this.#buffer, start + HEADER_BYTES);
    writeHeader(this.#buffer, start, PacketType.JOB_CREATED, end - start - HEADER_BYTES);
    this.#length = end;
  }

  /** latin1 */
  text(text: string): void {
    if (!this.#reserve(text.length)) return;
    this.#length += this.#buffer.write(text, this.#length, "latin1");
  }

  /** Until `endAnswer` text belongs to one answer, and packets wait for its end. */
  beginAnswer(): void {
    this.#deferred = [];
  }

  /** Marks the end of an answer. */
  endAnswer(): void {
    const deferred = this.#deferred ?? [];
    this.#deferred = undefined;
    this.#deferredBytes = 0;
    for (const packet of deferred) this.#bytes(packet);
  }

  /**
   * Checks whether unsent output is low enough for a long answer to continue. If too much is collected, it is
   * written first.
   *
   * @param onRoom called later if the result is false, also if the stream was closed
   */
  makeRoom(onRoom: () => void): boolean {
    if (this.#hasRoom()) return true;
    this.#write();
    if (this.#hasRoom()) return true;
    this.#duplex.write(EMPTY, onRoom); // after all pending data
    return false;
  }

  /** Nothing needs to be written until `release`: the server is processing requests of this peer. */
  hold(): void {
    this.#isHeld = true;
  }

  /**
   * The server has processed the requests.
   *
   * @param moreComes the peer is still sending, so this may wait until the end of the turn
   */
  release(moreComes: boolean): void {
    this.#isHeld = false;
    if (this.#length === 0 && this.#pieces === undefined) return;
    if (moreComes) this.#schedule();
    else this.#write();
  }

  flush(): void {
    this.#isScheduled = false;
    this.#write();
  }

  /** Writes all collected output, however slow the peer is, and accepts no more. */
  finish(): void {
    this.#isBehind = false;
    this.#write();
    this.close();
  }

  /** Further bytes are dropped. */
  close(): void {
    this.#isClosed = true;
    this.#deferred = undefined;
    this.#pieces = undefined;
    this.#buffer = EMPTY;
    this.#length = 0;
  }

  #write(): void {
    const duplex = this.#duplex;
    if (this.#isClosed || duplex.writableEnded || (this.#length === 0 && this.#pieces === undefined)) return;
    if (duplex.writableLength > 0) {
      this.#writeBehind();
    } else if (this.#pieces !== undefined) {
      this.#writePieces();
    } else {
      const buffer = this.#buffer;
      const length = this.#length;
      this.#buffer = EMPTY; // a stream in memory may deliver the next request before the write returns
      this.#length = 0;
      duplex.write(buffer.subarray(0, length));
      if (this.#takesCopies && duplex.writableLength === 0) this.#flusher.giveBack(buffer);
    }
  }

  /**
   * The peer has not read earlier output. A pending write takes far more memory than its bytes, which are all
   * that is counted: there is one for all data until the peer has caught up, and more only if they are full.
   */
  #writeBehind(): void {
    if (this.#isBehind && this.#pieceBytes + this.#length < FULL_BYTES) return;
    this.#isBehind = true;
    this.#writePieces(this.#onRead);
  }

  readonly #onRead = (): void => {
    this.#isBehind = false;
    if (!this.#duplex.destroyed) this.#write();
  };

  /** @param onRead called when the stream has written them */
  #writePieces(onRead?: () => void): void {
    this.#seal();
    const pieces = this.#pieces ?? [];
    const last = pieces.pop();
    const bytes = this.#pieceBytes;
    this.#pieces = undefined;
    this.#pieceBytes = 0;
    this.#duplex.cork();
    for (const piece of pieces) this.#duplex.write(piece);
    const onWritten = (): void => {
      this.#onFreed(bytes);
      onRead?.();
    };
    if (last !== undefined) this.#duplex.write(last, onWritten);
    this.#duplex.uncork();
  }

  #hasRoom(): boolean {
    const waitingBytes = this.#duplex.writableLength + this.#pieceBytes + this.#length;
    return waitingBytes < Math.max(Math.min(FULL_BYTES, this.#maxWaitingBytes), 1);
  }

  #defer(type: number, head: string, data: Buffer | undefined): void {
    if (this.#deferredBytes > this.#maxWaitingBytes) {
      this.#overflow();
      return;
    }
    const bodyBytes = head.length + (data?.length ?? 0);
    const packet = Buffer.allocUnsafeSlow(HEADER_BYTES + bodyBytes);
    writeHeader(packet, 0, type, bodyBytes);
    packet.write(head, HEADER_BYTES, "latin1");
    if (data !== undefined) packet.set(data, HEADER_BYTES + head.length);
    this.#deferred?.push(packet);
    this.#deferredBytes += packet.length;
  }

  /** `bytes` are retained until sent. */
  #bytes(bytes: Buffer): void {
    const isLarge = bytes.length >= LARGE_BYTES;
    if (!this.#reserve(isLarge ? 0 : bytes.length)) return;
    if (isLarge) {
      this.#addPiece(bytes);
    } else {
      this.#buffer.set(bytes, this.#length);
      this.#length += bytes.length;
    }
  }

  #overflow(): void {
    this.close();
    this.#onOverflow();
  }

  /** Grows the buffer for `bytes` more. @returns false if they must be dropped */
  #reserve(bytes: number): boolean {
    if (this.#isClosed) return false;
    if (this.#length > 0 || this.#duplex.writableLength > 0 || this.#pieceBytes > 0) {
      if (this.#duplex.writableLength + this.#pieceBytes + this.#length > this.#maxWaitingBytes) {
        this.#overflow();
        return false;
      }
      // a stream that reads into other buffers may be in memory, and deliver a request while another one is
      // processed
      if (this.#takesCopies && this.#pieceBytes + this.#length >= FULL_BYTES) this.#write();
    }
    if (!this.#isHeld) this.#schedule();
    const needed = this.#length + bytes;
    if (needed > this.#buffer.length) this.#grow(needed);
    return true;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#flusher.add(this);
  }

  #grow(needed: number): void {
    const old = this.#buffer;
    const bigger = this.#flusher.takeBuffer(Math.max(needed, 2 * old.length));
    if (this.#length > 0) old.copy(bigger, 0, 0, this.#length);
    this.#buffer = bigger;
    if (old !== EMPTY) this.#flusher.giveBack(old);
  }

  #addPiece(piece: Buffer): void {
    this.#seal();
    this.#pieces?.push(piece);
    this.#pieceBytes += piece.length;
  }

  #seal(): void {
    this.#pieces ??= [];
    if (this.#length === 0) return;
    this.#pieces.push(this.#buffer.subarray(0, this.#length));
    this.#pieceBytes += this.#length;
    this.#buffer = EMPTY;
    this.#length = 0;
  }
}

/** Magic `\0RES`, type below 256, body size. */
function writeHeader(buffer: Buffer, at: number, type: number, bodyBytes: number): void {
  buffer[at] = 0;
  buffer[at + 1] = 0x52;
  buffer[at + 2] = 0x45;
  buffer[at + 3] = 0x53;
  buffer[at + 4] = 0;
  buffer[at + 5] = 0;
  buffer[at + 6] = 0;
  buffer[at + 7] = type;
  buffer[at + 8] = bodyBytes >>> 24;
  buffer[at + 9] = bodyBytes >>> 16;
  buffer[at + 10] = bodyBytes >>> 8;
  buffer[at + 11] = bodyBytes;
}
