import { ProtocolError } from "./errors.ts";
import type { Frame } from "./frame.ts";
import { FrameAssembler } from "./frame-assembler.ts";

/**
 * Cuts a byte stream of binary packets into frames, for any chunking. For a client or worker connection;
 * a server, which must also understand text lines, takes `MixedDecoder`. Source: job-server.md 1.1.
 */
export class FrameDecoder {
  readonly #assembler: FrameAssembler;
  #failure: ProtocolError | undefined;

  /** @param maxBodyBytes largest announced body that is accepted, 0…2³²−1 */
  constructor(maxBodyBytes: number) {
    this.#assembler = new FrameAssembler(maxBodyBytes);
  }

  get pendingBytes(): number {
    return this.#assembler.pendingBytes;
  }

  /**
   * The frames which `chunk` completes, in order. The chunk must not be written to afterwards: bodies view it.
   *
   * @throws ProtocolError BAD_MAGIC, BODY_TOO_LARGE; frames of the same chunk are dropped with it, later calls
   * throw the same error, so drop the decoder along with its connection.
   */
  push(chunk: Buffer): Frame[] {
    if (this.#failure !== undefined) throw this.#failure;
    const frames: Frame[] = [];
    try {
      for (let at = 0; at < chunk.length; ) {
        at = this.#assembler.take(chunk, at);
        const frame = this.#assembler.release();
        if (frame !== undefined) frames.push(frame);
      }
    } catch (error) {
      if (error instanceof ProtocolError) this.#failure = error;
      throw error;
    }
    return frames;
  }
}
