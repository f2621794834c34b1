/// <reference path="./abraxas-module.d.ts" />

import { EventEmitter } from "node:events";
import { connect, Socket } from "node:net";
import { type Clock, type ServerAddress, systemClock, type Timer } from "@mod-gearman/base";
import { Backoff, ClientError } from "@mod-gearman/client";
import abraxas from "abraxas";

/** Settings of a client or worker on abraxas. Times are milliseconds. */
export interface AbraxasOptions {
  /** One server only: abraxas spreads requests over several servers in no reliable order. */
  readonly server: ServerAddress;
  readonly clock?: Clock;
  /** Longest wait between two connection attempts, before jitter. Default 3000. */
  readonly maxDelayMs?: number;
}

const MAX_DELAY_MS = 3000;

/** A connected abraxas client and its only connection. */
export interface Live {
  readonly client: abraxas.Client;
  readonly socket: Socket;
}

interface LinkEvents {
  connect: [live: Live];
  disconnect: [];
}

/**
 * Keeps one abraxas client connected: a client whose connection was lost is replaced. Left alone, abraxas keeps a
 * connection that was reset, and its worker stops grabbing after a loss between grab and answer, because it never
 * decrements its count of outstanding grabs.
 */
export class AbraxasLink extends EventEmitter<LinkEvents> {
  readonly #options: AbraxasOptions;
  readonly #prepare: (client: abraxas.Client) => void;
  readonly #maxJobs: number;
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  #timer: Timer | undefined;
  #socket: Socket | undefined;
  #live: Live | undefined;
  #closed = false;

  /**
   * @param maxJobs most jobs an abraxas worker runs and requests at a time
   * @param prepare called for every new client before it is connected
   */
  constructor(options: AbraxasOptions, maxJobs: number, prepare: (client: abraxas.Client) => void) {
    super();
    if (options.server.tls !== undefined) throw new ClientError("UNSUPPORTED", "abraxas has no TLS");
    this.#options = options;
    this.#maxJobs = maxJobs;
    this.#prepare = prepare;
    this.#clock = options.clock ?? systemClock;
    this.#backoff = new Backoff(options.maxDelayMs ?? MAX_DELAY_MS, () => this.#clock.random());
    this.#open();
  }

  get live(): Live | undefined {
    return this.#live;
  }

  /** End the current connection; it is replaced unless `close` was called. */
  drop(): void {
    this.#socket?.destroy();
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    const socket = this.#socket;
    if (socket === undefined || socket.closed) return;
    const ended = new Promise((resolve) => socket.once("close", resolve));
    socket.destroy();
    await ended;
  }

  #open(): void {
    const { host, port } = this.#options.server;
    const client = abraxas.Client.connect({
      servers: [
        (connected) => {
          // an attempt of its own to reconnect must fail: reconnecting is done here
          if (this.#socket !== undefined) return new Socket();
          const socket = connect({ host, port }, connected);
          this.#socket = socket;
          socket.on("error", () => socket.destroy());
          socket.once("close", () => this.#ended(client));
          return socket;
        },
      ],
      defaultEncoding: "buffer",
      maxJobs: this.#maxJobs,
    });
    client.on("error", () => this.drop()).on("connection-error", () => this.drop());
    client.once("connect", (_, reconnect: { socket: abraxas.Connection }) => {
      const socket = this.#socket;
      if (socket === undefined || socket.destroyed) return;
      reconnect.socket.on("error", () => this.drop()); // a second error without a listener would end the process
      this.#backoff.reset();
      this.#live = { client, socket };
      this.emit("connect", this.#live);
    });
    this.#prepare(client);
  }

  #ended(client: abraxas.Client): void {
    const wasLive = this.#live !== undefined;
    this.#live = undefined;
    client.disconnect();
    if (wasLive) this.emit("disconnect");
    if (this.#closed) return;
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      this.#socket = undefined;
      this.#open();
    }, this.#backoff.next());
  }
}
