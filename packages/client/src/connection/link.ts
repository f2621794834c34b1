import type { Duplex } from "node:stream";
import { decodePacket, FrameDecoder, type Packet, PacketType, ProtocolError } from "@mod-gearman/protocol";
import { closeStream, resetStream } from "./close-stream.ts";
import { endText, isSecured } from "./dial-tls.ts";
import type { DisconnectReason } from "./disconnect-reason.ts";
import { tlsErrorOf } from "./tls-error.ts";

/** Callbacks of a {@link Link}. `onEnd` is called exactly once and is the last call. */
export interface LinkHandlers {
  onPacket(packet: Packet): void;
  /** Replaces `onPacket` for most JOB_CREATED packets: the handle is bytes `start` to `end`, a view. */
  readonly onJobCreated?: ((bytes: Buffer, start: number, end: number) => void) | undefined;
  onDrain(): void;
  onEnd(reason: DisconnectReason): void;
  /** See `ConnectionOptions.bulk`. */
  readonly isBulk?: boolean;
}

const HEADER_BYTES = 12;
const RES = 0x00524553;
const MAX_JOINED_BYTES = 64 * 1024;
const MAX_PLAIN_BODY_BYTES = 256; // of a JOB_CREATED; a longer one goes through the decoder and its limits

/**
 * One live stream to a job server, from connect to end; each connection is a new link. After its end it neither reads
 * nor writes. Internal to the package.
 */
export class Link {
  readonly #stream: Duplex;
  readonly #decoder: FrameDecoder;
  readonly #handlers: LinkHandlers;
  #ended = false;
  /** Bytes have been received since this was set to false. */
  heard = false;
  /** Sent in this turn of the event loop, not yet written. */
  #turn: Buffer[] = [];
  #turnBytes = 0;
  #cut: Buffer | undefined; // of a JOB_CREATED, or of a header

  constructor(stream: Duplex, maxBodyBytes: number, handlers: LinkHandlers) {
    this.#stream = stream;
    this.#decoder = new FrameDecoder(maxBodyBytes);
    this.#handlers = handlers;
    stream.on("data", this.#onData).on("drain", this.#onDrain);
    stream.on("end", this.#onEnd).on("close", this.#onEnd).on("error", this.#onError);
    stream.resume(); // paused where its first answer was read
    if (stream.destroyed) queueMicrotask(this.#onEnd); // it ended before the listeners were added
  }

  /** With TLS. */
  get isSecured(): boolean {
    return isSecured(this.#stream);
  }

  /**
   * Whether at least `limitBytes` are unsent. The limit is never below the high-water mark of the stream, which would
   * not emit `drain` otherwise.
   */
  isFull(limitBytes: number): boolean {
    const waitingBytes = this.#stream.writableLength + this.#turnBytes;
    return waitingBytes >= Math.max(limitBytes, this.#stream.writableHighWaterMark);
  }

  /** Everything sent in one turn of the event loop leaves in one write (job-server.md 9). */
  send(bytes: Buffer): void {
    if (this.#ended || !this.#stream.writable) return;
    this.#turn.push(bytes);
    this.#turnBytes += bytes.length;
    if (this.#turn.length === 1) this.#writeSoon();
  }

  #writeSoon(): void {
    if (this.#handlers.isBulk === true) setImmediate(this.#writeTurn);
    else queueMicrotask(this.#writeTurn);
  }

  /** Flushes the output and ends the stream; the server then closes the connection. */
  finish(): void {
    if (this.#ended) return;
    this.#writeTurn();
    this.#stream.end();
  }

  /** Joins small packets: one large chunk costs a stream much less than several small ones. */
  readonly #writeTurn = (): void => {
    const turn = this.#turn;
    const bytes = this.#turnBytes;
    this.#turn = [];
    this.#turnBytes = 0;
    const stream = this.#stream;
    if (this.#ended || !stream.writable) return;
    if (bytes <= MAX_JOINED_BYTES) {
      const [first] = turn;
      if (first !== undefined) stream.write(turn.length === 1 ? first : Buffer.concat(turn, bytes));
      return;
    }
    stream.cork();
    for (const part of turn) stream.write(part);
    stream.uncork();
  };

  /**
   * Ends the stream immediately.
   *
   * @param isGivenUp what was sent counts as not sent, and goes elsewhere: with a reset, so that it does not arrive late
   * @returns as {@link closeStream}
   */
  destroy(
    reason: DisconnectReason,
    isGivenUp = reason.code === "TIMEOUT" || reason.code === "OUTPUT_FULL",
  ): Promise<void> | undefined {
    if (this.#ended) return undefined;
    this.#ended = true;
    const stream = this.#stream;
    stream.removeListener("data", this.#onData).removeListener("drain", this.#onDrain);
    stream.removeListener("end", this.#onEnd).removeListener("close", this.#onEnd);
    stream.removeListener("error", this.#onError).on("error", ignore);
    const isReset = isGivenUp || (reason.code !== "CLOSED" && this.isSecured && stream.writableLength > 0);
    if (isReset) resetStream(stream);
    const closing = isReset ? undefined : closeStream(stream);
    this.#handlers.onEnd(reason);
    return closing;
  }

  readonly #onData = (chunk: Buffer): void => {
    this.heard = true;
    const rest = this.#handlers.onJobCreated === undefined ? chunk : this.#takeJobsCreated(chunk);
    if (this.#ended || rest.length === 0) return;
    let packets: Packet[];
    try {
      packets = this.#decoder.push(rest).map(decodeResponse);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      void this.destroy({ code: "PROTOCOL", text: error.message, cause: error });
      return;
    }
    for (const packet of packets) {
      if (this.#ended) return; // a handler ended the connection: the rest is ignored
      this.#handlers.onPacket(packet);
    }
  };

  /**
   * Handles leading JOB_CREATED packets without copies or allocations: bulk submits bring hundreds in every chunk.
   *
   * @returns the rest, for the decoder
   */
  #takeJobsCreated(chunk: Buffer): Buffer {
    if (this.#decoder.pendingBytes > 0) return chunk;
    const bytes = this.#cut === undefined ? chunk : Buffer.concat([this.#cut, chunk]);
    this.#cut = undefined;
    let at = 0;
    while (!this.#ended) {
      const bodyAt = at + HEADER_BYTES;
      if (bodyAt > bytes.length) break;
      if (bytes.readUInt32BE(at) !== RES || bytes.readUInt32BE(at + 4) !== PacketType.JOB_CREATED)
        return bytes.subarray(at);
      const end = bodyAt + bytes.readUInt32BE(at + 8);
      if (end - bodyAt > MAX_PLAIN_BODY_BYTES) return bytes.subarray(at);
      if (end > bytes.length) break;
      this.#handlers.onJobCreated?.(bytes, bodyAt, end);
      at = end;
    }
    if (at < bytes.length) this.#cut = bytes.subarray(at);
    return bytes.subarray(bytes.length);
  }

  readonly #onDrain = (): void => this.#handlers.onDrain();

  readonly #onEnd = (): void => void this.destroy({ code: "END", text: endText(this.#stream) });

  readonly #onError = (error: Error): void => {
    const cause = tlsErrorOf(error) as Error;
    void this.destroy({ code: "ERROR", text: cause.message, cause });
  };
}

function decodeResponse(frame: Parameters<typeof decodePacket>[0]): Packet {
  if (frame.magic !== "RES") throw new ProtocolError("BAD_MAGIC", Buffer.from("\0REQ", "latin1"));
  return decodePacket(frame);
}

function ignore(): void {
  // an error of a stream that is no longer used
}
