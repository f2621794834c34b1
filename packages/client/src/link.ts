import type { Duplex } from "node:stream";
import { decodePacket, FrameDecoder, type Packet, PacketType, ProtocolError } from "@mod-gearman/protocol";
import type { DisconnectReason } from "./disconnect-reason.ts";

/** Where a {@link Link} reports to. `onEnd` is called exactly once and is the last call. */
export interface LinkHandlers {
  onPacket(packet: Packet): void;
  /** In place of `onPacket`, for most of the JOB_CREATED: the handle is bytes `start` to `end`, a view. */
  onJobCreated?(bytes: Buffer, start: number, end: number): void;
  onDrain(): void;
  onEnd(reason: DisconnectReason): void;
}

const HEADER_BYTES = 12;
const RES = 0x00524553;
const MAX_JOINED_BYTES = 64 * 1024;
const MAX_PLAIN_BODY_BYTES = 256; // of a JOB_CREATED; a longer one goes through the decoder and its limits

/**
 * One live stream to a job server, from the moment it is connected until it ends. After its end it neither
 * reads nor writes: a new connection is a new link. Internal to the package.
 */
export class Link {
  readonly #stream: Duplex;
  readonly #decoder: FrameDecoder;
  readonly #handlers: LinkHandlers;
  #ended = false;
  /** What was sent in this turn of the event loop. */
  #turn: Buffer[] = [];
  #turnBytes = 0;
  #cut: Buffer | undefined; // of a JOB_CREATED, or of a header

  constructor(stream: Duplex, maxBodyBytes: number, handlers: LinkHandlers) {
    this.#stream = stream;
    this.#decoder = new FrameDecoder(maxBodyBytes);
    this.#handlers = handlers;
    stream.on("data", this.#onData).on("drain", this.#onDrain);
    stream.on("end", this.#onEnd).on("close", this.#onEnd).on("error", this.#onError);
    if (stream.destroyed) queueMicrotask(this.#onEnd); // it ended before anybody listened
  }

  /**
   * Whether that many written bytes wait for the peer to read. Never below the mark from which on the stream
   * announces its next `drain`, or nobody would learn when there is room again.
   */
  isFull(limitBytes: number): boolean {
    const waitingBytes = this.#stream.writableLength + this.#turnBytes;
    return waitingBytes >= Math.max(limitBytes, this.#stream.writableHighWaterMark);
  }

  /** Write; everything written in one turn leaves in one piece (job-server.md 9). */
  send(bytes: Buffer): void {
    if (this.#ended || !this.#stream.writable) return;
    this.#turn.push(bytes);
    this.#turnBytes += bytes.length;
    if (this.#turn.length === 1) queueMicrotask(this.#writeTurn);
  }

  /** Send what is written and then the end of the stream; the server answers by closing. */
  finish(): void {
    if (this.#ended) return;
    this.#writeTurn();
    this.#stream.end();
  }

  /** Small packets are copied together: for a stream one large chunk is much less work than several small ones. */
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

  /** End now; what the stream still holds is lost. */
  destroy(reason: DisconnectReason): void {
    if (this.#ended) return;
    this.#ended = true;
    const stream = this.#stream;
    stream.removeListener("data", this.#onData).removeListener("drain", this.#onDrain);
    stream.removeListener("end", this.#onEnd).removeListener("close", this.#onEnd);
    stream.removeListener("error", this.#onError).on("error", ignore);
    stream.destroy();
    this.#handlers.onEnd(reason);
  }

  readonly #onData = (chunk: Buffer): void => {
    const rest = this.#handlers.onJobCreated === undefined ? chunk : this.#takeJobsCreated(chunk);
    if (this.#ended || rest.length === 0) return;
    let packets: Packet[];
    try {
      packets = this.#decoder.push(rest).map(decodeResponse);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.destroy({ code: "PROTOCOL", text: error.message, cause: error });
      return;
    }
    for (const packet of packets) {
      if (this.#ended) return; // a handler ended the connection: the rest belongs to nobody
      this.#handlers.onPacket(packet);
    }
  };

  /**
   * JOB_CREATED in front of `chunk` is recognised by its header, nothing copied or allocated: of bulk submits
   * there are hundreds in every chunk. @returns what is left for the decoder
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

  readonly #onEnd = (): void => this.destroy({ code: "END", text: "the server closed the connection" });

  readonly #onError = (error: Error): void =>
    this.destroy({ code: "ERROR", text: error.message, cause: error });
}

/** A server sends RES packets only. */
function decodeResponse(frame: Parameters<typeof decodePacket>[0]): Packet {
  if (frame.magic !== "RES") throw new ProtocolError("BAD_MAGIC", Buffer.from("\0REQ", "latin1"));
  return decodePacket(frame);
}

function ignore(): void {
  // an error of a stream that was given up
}
