import { ByteCollector } from "./byte-collector.ts";
import { type Frame, HEADER_BYTES, type Header, readHeader } from "./frame.ts";

/** Extracts one frame at a time from chunks cut anywhere. Internal to the package. */
export class FrameAssembler {
  readonly #maxBodyBytes: number;
  readonly #collected = new ByteCollector();
  #header: Header | undefined; // of the frame being collected
  #frame: Frame | undefined;

  constructor(maxBodyBytes: number) {
    this.#maxBodyBytes = maxBodyBytes;
  }

  /** Of an unfinished frame. */
  get pendingBytes(): number {
    return this.#collected.length;
  }

  /**
   * Consumes bytes of `chunk` from `at`, at most to the end of one frame.
   *
   * @returns the offset after the consumed bytes; `release` returns the frame if it is complete
   * @throws ProtocolError BAD_MAGIC, BODY_TOO_LARGE
   */
  take(chunk: Buffer, at: number): number {
    this.#frame = undefined;
    if (this.#collected.length > 0 || chunk.length - at < HEADER_BYTES) return this.#collect(chunk, at);
    const header = readHeader(chunk, at, this.#maxBodyBytes);
    const bodyAt = at + HEADER_BYTES;
    const end = bodyAt + header.bodyBytes;
    if (end > chunk.length) return this.#collect(chunk, at);
    this.#frame = { magic: header.magic, type: header.type, body: chunk.subarray(bodyAt, end) };
    return end;
  }

  /** Returns the frame completed by the last `take`, if any, and retains nothing of it, as it may be large. */
  release(): Frame | undefined {
    const frame = this.#frame;
    this.#frame = undefined;
    return frame;
  }

  #collect(chunk: Buffer, at: number): number {
    const headerEnd = this.#fill(chunk, at, HEADER_BYTES);
    if (this.#collected.length < HEADER_BYTES) return headerEnd;
    this.#header ??= readHeader(this.#collected.view(), 0, this.#maxBodyBytes);
    const { magic, type, bodyBytes } = this.#header;
    const end = this.#fill(chunk, headerEnd, HEADER_BYTES + bodyBytes);
    if (this.#collected.length < HEADER_BYTES + bodyBytes) return end;
    this.#frame = { magic, type, body: this.#collected.release().subarray(HEADER_BYTES) };
    this.#header = undefined;
    return end;
  }

  /** Collects until `totalBytes` are complete or the chunk is used up. */
  #fill(chunk: Buffer, at: number, totalBytes: number): number {
    const missing = totalBytes - this.#collected.length;
    if (missing <= 0) return at;
    const end = Math.min(chunk.length, at + missing);
    this.#collected.append(chunk, at, end, totalBytes);
    return end;
  }
}
