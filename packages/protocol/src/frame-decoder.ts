import { ProtocolError } from "./errors.ts";
import type { Frame } from "./frame.ts";
import { FrameAssembler } from "./frame-assembler.ts";

/**
 * Splits a byte stream of binary packets into frames, for any chunking. For client and worker connections; a
 * server, which also receives text lines, uses `MixedDecoder`. Source: job-server.md 1.1.
 */
export class FrameDecoder {
  readonly #assembler: FrameAssembler;
  #failure: ProtocolError | undefined;

  /** @param maxBodyBytes largest accepted body, 0…2³²−1 */
  constructor(maxBodyBytes: number) {
    this.#assembler = new FrameAssembler(maxBodyBytes);
  }

  get pendingBytes(): number {
    return this.#assembler.pendingBytes;
  }

  /**
   * The frames completed by `chunk`, in order. The chunk must not be modified afterwards: bodies are views of
   * it.
   *
   * @throws ProtocolError BAD_MAGIC, BODY_TOO_LARGE; frames of the same chunk are dropped with it, later
   * calls throw the same error, so drop the decoder along with its connection.
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
