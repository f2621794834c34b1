import type { Duplex } from "node:stream";
import { type Frame, isTextLine, MixedDecoder, ProtocolError, type TextLine } from "@mod-gearman/protocol";
import type { AdminContext } from "./admin/command.ts";
import { answerCommand } from "./admin/command.ts";
import type { ServerClock, Timer } from "./clock.ts";
import type { JobQueues } from "./core/job-queues.ts";
import { Peer } from "./core/peer.ts";
import { BadRequest, type CloseReason } from "./errors.ts";
import { handleFrame } from "./handlers/dispatch.ts";
import type { RequestContext } from "./handlers/handler.ts";
import { Outbox } from "./outbox.ts";

/** How long a peer may take to read what was sent before its connection was closed. Source: job-server.md 1.1. */
const LINGER_MS = 10_000;

/** What a connection needs from its server. */
export interface ConnectionHost {
  readonly queues: JobQueues;
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

/** One peer: a duplex stream, its decoder, its answers and its place in the queues. */
export class Connection {
  readonly peer: Peer;
  /** Address and port for the log. */
  readonly name: string;
  readonly #duplex: Duplex;
  readonly #host: ConnectionHost;
  readonly #decoder: MixedDecoder;
  readonly #outbox: Outbox;
  readonly #context: RequestContext;
  #hasLeft = false;
  #linger: Timer | undefined;

  constructor(id: number, duplex: Duplex, host: ConnectionHost) {
    const { address, port } = remoteOf(duplex);
    this.name = `${address}:${port}`;
    this.#duplex = duplex;
    this.#host = host;
    this.#decoder = new MixedDecoder(host.maxPacketBytes);
    this.#outbox = new Outbox(duplex, host.maxOutputBytes, () => this.#closeBecause("OUTPUT_FULL"));
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
    this.#duplex
      .on("data", (chunk: Buffer) => this.#onData(chunk))
      .on("end", () => this.end()) // a half close is a whole one (job-server.md 1.1)
      .on("error", () => this.destroy())
      .on("close", () => this.#onClose());
  }

  /** Close it in order: what was answered is sent, nothing is read any more. */
  end(): void {
    this.#leave();
    if (this.#linger !== undefined || this.#duplex.destroyed) return;
    this.#outbox.flush();
    this.#outbox.close();
    this.#linger = this.#host.clock.setTimeout(() => this.destroy(), LINGER_MS);
    this.#duplex.end(() => this.destroy());
  }

  /** Close it at once. */
  destroy(): void {
    this.#leave();
    this.#outbox.close();
    this.#duplex.destroy();
  }

  #onData(chunk: Buffer): void {
    if (this.#hasLeft) return;
    try {
      this.#decoder.forEach(chunk, (message) => this.#onMessage(message));
    } catch (error) {
      this.#closeBecause(reasonOf(error), error);
    }
  }

  #onMessage(message: Frame | TextLine): void {
    if (this.#hasLeft) return; // the message before this one closed the connection
    if (!isTextLine(message)) handleFrame(message, this.#context);
    else this.#outbox.text(answerCommand(message.line, this.#host.admin(this)));
  }

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
