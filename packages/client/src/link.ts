import type { Duplex } from "node:stream";
import { decodePacket, FrameDecoder, type Packet, ProtocolError } from "@mod-gearman/protocol";
import type { DisconnectReason } from "./disconnect-reason.ts";

/** Where a {@link Link} reports to. `onEnd` is called exactly once and is the last call. */
export interface LinkHandlers {
  onPacket(packet: Packet): void;
  onDrain(): void;
  onEnd(reason: DisconnectReason): void;
}

/**
 * One live stream to a job server, from the moment it is connected until it ends. After its end it neither
 * reads nor writes: a new connection is a new link. Internal to the package.
 */
export class Link {
  readonly #stream: Duplex;
  readonly #decoder: FrameDecoder;
  readonly #handlers: LinkHandlers;
  #ended = false;
  #corked = false;

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
    return this.#stream.writableLength >= Math.max(limitBytes, this.#stream.writableHighWaterMark);
  }

  /** Write; everything written in one turn leaves in one piece (job-server spec 9). */
  send(bytes: Buffer): void {
    if (this.#ended || !this.#stream.writable) return;
    if (!this.#corked) {
      this.#corked = true;
      this.#stream.cork();
      queueMicrotask(() => {
        this.#corked = false;
        this.#stream.uncork();
      });
    }
    this.#stream.write(bytes);
  }

  /** Send what is written and then the end of the stream; the server answers by closing. */
  finish(): void {
    if (!this.#ended) this.#stream.end();
  }

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
    let packets: Packet[];
    try {
      packets = this.#decoder.push(chunk).map(decodeResponse);
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
