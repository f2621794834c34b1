import { ByteCollector } from "./byte-collector.ts";
import { ProtocolError } from "./errors.ts";
import type { Frame } from "./frame.ts";
import { FrameAssembler } from "./frame-assembler.ts";

const LF = 0x0a;
const CR = 0x0d;
const DEFAULT_LINE_BYTES = 8192;

/** One line of the text protocol, without its LF or CRLF. A view like `Frame.body`. */
export interface TextLine {
  readonly line: Buffer;
}

/** Distinguishes the messages returned by `MixedDecoder.push`: a text line or a binary frame. */
export function isTextLine(message: Frame | TextLine): message is TextLine {
  return "line" in message;
}

/**
 * Decoder for servers: the first byte of every message decides, NUL starts a binary packet, any other byte a
 * text line; both may alternate on one connection. Source: job-server.md 1.1 (measured).
 */
export class MixedDecoder {
  readonly #assembler: FrameAssembler;
  readonly #line = new ByteCollector();
  readonly #maxLineBytes: number;
  #failure: ProtocolError | undefined;

  /**
   * @param maxBodyBytes largest accepted packet body, 0…2³²−1
   * @param maxLineBytes longest accepted text line without its LF; gearmand closes above 8192
   */
  constructor(maxBodyBytes: number, maxLineBytes: number = DEFAULT_LINE_BYTES) {
    this.#assembler = new FrameAssembler(maxBodyBytes);
    this.#maxLineBytes = maxLineBytes;
  }

  /** Of an unfinished frame or line. */
  get pendingBytes(): number {
    return this.#assembler.pendingBytes + this.#line.length;
  }

  /**
   * The frames and lines completed by `chunk`, in order. The chunk must not be modified afterwards.
   *
   * @throws ProtocolError BAD_MAGIC, BODY_TOO_LARGE, LINE_TOO_LONG; messages of the same chunk are dropped
   * with it, later calls throw the same error, so drop the decoder along with its connection.
   */
  push(chunk: Buffer): (Frame | TextLine)[] {
    const messages: (Frame | TextLine)[] = [];
    this.forEach(chunk, (message) => messages.push(message));
    return messages;
  }

  /**
   * As `push`, but passes each message to `take` as soon as it is complete: those before refused bytes are
   * delivered, wherever the chunks end. Stops after a message for which `take` returns false; an error of
   * `take` ends the work on the chunk, drop the decoder then, too.
   *
   * @returns number of used bytes of `chunk`; the caller passes the others again
   * @throws ProtocolError as `push`
   */
  forEach(chunk: Buffer, take: (message: Frame | TextLine) => unknown): number {
    if (this.#failure !== undefined) throw this.#failure;
    let at = 0;
    let goesOn = true;
    const takeOne = (message: Frame | TextLine): void => {
      goesOn = take(message) !== false;
    };
    try {
      while (goesOn && at < chunk.length) at = this.#takeOne(chunk, at, takeOne);
      return at;
    } catch (error) {
      if (error instanceof ProtocolError) this.#failure = error;
      throw error;
    }
  }

  #takeOne(chunk: Buffer, at: number, take: (message: Frame | TextLine) => void): number {
    const inFrame = this.#assembler.pendingBytes > 0;
    const inLine = this.#line.length > 0;
    if (!inFrame && (inLine || chunk[at] !== 0)) return this.#takeLine(chunk, at, take);
    const end = this.#assembler.take(chunk, at);
    const frame = this.#assembler.release();
    if (frame !== undefined) take(frame);
    return end;
  }

  #takeLine(chunk: Buffer, at: number, take: (message: Frame | TextLine) => void): number {
    const lf = chunk.indexOf(LF, at);
    const end = lf === -1 ? chunk.length : lf;
    if (this.#line.length + (end - at) > this.#maxLineBytes) {
      const head = this.#line.length > 0 ? this.#line.view() : chunk.subarray(at, end);
      throw new ProtocolError("LINE_TOO_LONG", head);
    }
    if (lf === -1) {
      this.#line.append(chunk, at, end, this.#maxLineBytes);
      return end;
    }
    if (this.#line.length === 0) {
      take({ line: withoutCr(chunk.subarray(at, end)) });
    } else {
      this.#line.append(chunk, at, end, this.#maxLineBytes);
      take({ line: withoutCr(this.#line.release()) });
    }
    return lf + 1;
  }
}

/** Removes one CR at the end. */
function withoutCr(line: Buffer): Buffer {
  return line.at(-1) === CR ? line.subarray(0, -1) : line;
}
