import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type Frame, isTextLine, MixedDecoder, ProtocolError, type TextLine } from "@mod-gearman/protocol";
import type { AdminContext } from "./admin/command.ts";
import { answerCommand } from "./admin/command.ts";
import type { ServerClock, Timer } from "./clock.ts";
import type { JobQueues } from "./core/job-queues.ts";
import { Peer } from "./core/peer.ts";
import { BadRequest, type CloseReason } from "./errors.ts";
import type { Flusher } from "./flusher.ts";
import { handleRequest } from "./handlers/dispatch.ts";
import type { RequestContext } from "./handlers/handler.ts";
import { Request } from "./handlers/request.ts";
import { Outbox } from "./outbox.ts";
import { READ_BYTES } from "./read-bytes.ts";
import { withSharedReads } from "./shared-reads.ts";

/** How long a peer may take to read what was sent before its connection was closed. Source: job-server.md 1.1. */
const LINGER_MS = 10_000;
const HEADER_BYTES = 12; // magic 4, type u32be, body size u32be; gearmand PROTOCOL, "Binary Packet"
const REQ = 0x00524551;

/** What a connection needs from its server. */
export interface ConnectionHost {
  readonly queues: JobQueues;
  readonly flusher: Flusher;
  readonly clock: ServerClock;
  readonly maxPacketBytes: number;
  readonly maxOutputBytes: number;
  readonly exceptions: boolean;
  admin(connection: Connection): AdminContext;
  onRefused(connection: Connection, code: string, text: string): void;
  /** The server closes it; the peer has left the queues already. */
  onClosing(connection: Connection, reason: CloseReason, cause: unknown): void;
  /** The peer has left the queues, for whatever reason. Called once. */
  onLeft(connection: Connection): void;
  /** The stream is closed. */
  onClosed(connection: Connection): void;
}

/** A new peer's stream: somebody else's, or a socket of our own listener. */
export type Accepted = { readonly duplex: Duplex; readonly socket?: undefined } | { readonly socket: Socket };

/** One peer: a duplex stream, its decoder, its answers and its place in the queues. */
export class Connection {
  readonly peer: Peer;
  /** Address and port for the log. */
  readonly name: string;
  readonly #duplex: Duplex;
  readonly #readsByItself: boolean;
  readonly #host: ConnectionHost;
  readonly #decoder: MixedDecoder;
  readonly #outbox: Outbox;
  readonly #request = new Request();
  readonly #context: RequestContext;
  readonly #chunks: Buffer[] = []; // the first one is being worked on
  #hasLeft = false;
  #linger: Timer | undefined;

  /**
   * @param accepted any stream; or `socket`, one of our own listener, paused and untouched, which is used up if this
   * Node can read into a shared buffer
   */
  constructor(id: number, accepted: Accepted, host: ConnectionHost) {
    const { socket } = accepted;
    const shared = socket && withSharedReads(socket, (bytes, length) => this.#onBytes(bytes, length));
    const duplex = shared ?? accepted.socket ?? accepted.duplex;
    const { address, port } = remoteOf(duplex);
    this.name = `${address}:${port}`;
    this.#duplex = duplex;
    this.#readsByItself = shared !== undefined;
    this.#host = host;
    this.#decoder = new MixedDecoder(host.maxPacketBytes);
    this.#outbox = new Outbox(duplex, {
      maxWaitingBytes: host.maxOutputBytes,
      flusher: host.flusher,
      takesCopies: socket !== undefined,
      onOverflow: () => this.#closeBecause("OUTPUT_FULL"),
    });
    this.peer = new Peer({
      id,
      address,
      exceptions: host.exceptions,
      send: (type, head, data) => this.#outbox.packet(type, head, data),
    });
    this.#context = {
      peer: this.peer,
      queues: host.queues,
      onRefused: (code, text) => host.onRefused(this, code, text),
    };
  }

  /** Start reading. */
  open(): void {
    const duplex = this.#duplex
      .on("end", () => this.end()) // a half close is a whole one (job-server.md 1.1)
      .on("error", () => this.destroy())
      .on("close", () => this.#onClose());
    if (!this.#readsByItself) duplex.on("data", (chunk: Buffer) => this.#onChunk(chunk)).resume();
  }

  /** Close it in order: what was answered is sent, nothing is read any more. */
  end(): void {
    this.#leave();
    if (this.#linger !== undefined || this.#duplex.destroyed) return;
    this.#outbox.finish();
    this.#linger = this.#host.clock.setTimeout(() => this.destroy(), LINGER_MS);
    this.#duplex.end(() => this.destroy());
  }

  /** Close it at once. */
  destroy(): void {
    this.#leave();
    this.#outbox.close();
    this.#duplex.destroy();
  }

  /** A stream in memory may bring the next chunk while an answer is written: it has to wait for its turn. */
  #onChunk(chunk: Buffer): void {
    this.#chunks.push(chunk);
    if (this.#chunks.length > 1) return;
    for (let first: Buffer | undefined = chunk; first !== undefined; first = this.#chunks[0]) {
      this.#onBytes(first, first.length);
      this.#chunks.shift();
    }
  }

  /** The first `length` bytes of `bytes`, which may be overwritten after the return. */
  #onBytes(bytes: Buffer, length: number): void {
    if (this.#hasLeft) return;
    this.#outbox.hold();
    try {
      const at = this.#decoder.pendingBytes === 0 ? this.#takeWhole(bytes, length) : 0;
      if (at < length) this.#decoder.forEach(bytes.subarray(at, length), this.#onMessage);
      this.#request.unload(); // it may have been a large one
    } catch (error) {
      this.#closeBecause(reasonOf(error), error);
    }
    this.#outbox.release(length >= READ_BYTES);
  }

  /**
   * Most of what arrives is whole requests: they are worked on where they are, with no object made for any of them.
   *
   * @returns where something else begins, which is the decoder's business
   */
  #takeWhole(bytes: Buffer, length: number): number {
    const request = this.#request;
    let at = 0;
    while (length - at >= HEADER_BYTES && bytes.readUInt32BE(at) === REQ) {
      const bodyBytes = bytes.readUInt32BE(at + 8);
      const bodyAt = at + HEADER_BYTES;
      if (bodyBytes > length - bodyAt || bodyBytes > this.#host.maxPacketBytes) break;
      at = bodyAt + bodyBytes;
      request.load(bytes.readUInt32BE(bodyAt - 8), bytes, bodyAt, at);
      handleRequest(request, true, this.#context);
      if (this.#hasLeft) return length; // what follows is not done
    }
    return at;
  }

  readonly #onMessage = (message: Frame | TextLine): void => {
    if (this.#hasLeft) return; // the message before this one closed the connection
    if (isTextLine(message)) {
      this.#outbox.text(answerCommand(message.line, this.#host.admin(this)));
    } else {
      this.#request.load(message.type, message.body, 0, message.body.length);
      handleRequest(this.#request, message.magic === "REQ", this.#context);
    }
  };

  #closeBecause(reason: CloseReason, cause?: unknown): void {
    if (this.#hasLeft) return;
    this.#leave();
    this.#host.onClosing(this, reason, cause);
    if (reason === "OUTPUT_FULL") this.destroy();
    else this.end();
  }

  #leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#host.queues.disconnect(this.peer);
    this.#host.onLeft(this);
  }

  #onClose(): void {
    this.#leave();
    this.#outbox.close();
    if (this.#linger !== undefined) this.#host.clock.clearTimeout(this.#linger);
    this.#host.onClosed(this);
  }
}

function reasonOf(error: unknown): CloseReason {
  return error instanceof BadRequest || error instanceof ProtocolError ? error.code : "INTERNAL";
}

/** Sockets have an address, other streams have not. IPv4 through an IPv6 socket is shown as IPv4. */
function remoteOf(duplex: Duplex): { address: string; port: number } {
  const { remoteAddress, remotePort } = duplex as { remoteAddress?: unknown; remotePort?: unknown };
  return {
    address: typeof remoteAddress === "string" ? remoteAddress.replace(/^::ffff:/, "") : "-",
    port: typeof remotePort === "number" ? remotePort : 0,
  };
}
