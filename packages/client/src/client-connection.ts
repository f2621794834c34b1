import { EventEmitter } from "node:events";
import { encodePacket, type Packet, ProtocolError, type SubmitPacket } from "@mod-gearman/protocol";
import { type ClientLogger, silentLogger } from "./client-logger.ts";
import { type Clock, systemClock, type Timer } from "./clock.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { diagnostics } from "./diagnostics.ts";
import type { DisconnectReason } from "./disconnect-reason.ts";
import { ClientError } from "./errors.ts";
import { type JobStatus, readStatus, readUniqueStatus, type UniqueJobStatus } from "./job-status.ts";
import { type AnswerName, Request } from "./request.ts";
import { RequestQueue } from "./request-queue.ts";
import type { ServerAddress } from "./server-address.ts";

/** Settings of a {@link ClientConnection}. Times are milliseconds. */
export interface ClientConnectionOptions extends ConnectionOptions {
  /** Most requests sent and not answered, 1…. Default 1024 (job-server spec 2.10). */
  readonly window?: number;
  /** Most time from the call to the answer, waiting for a connection included, 1…2³¹−1. Default 30000. */
  readonly submitTimeoutMs?: number;
  /** Most requests that wait to be sent. Default 10000. */
  readonly maxQueued?: number;
  /** Most bytes of requests that are not settled. Default 64 MiB. */
  readonly maxQueuedBytes?: number;
  /** Default of the jobs' `resend`. Default false. */
  readonly resend?: boolean;
  /** Most time `close` waits for answers. Default 5000. */
  readonly closeTimeoutMs?: number;
}

/** A job to submit. The buffers are copied before the call returns. */
export interface BackgroundJob {
  /** Not empty, no NUL. */
  readonly function: Buffer;
  /** Deduplication key, at most 63 bytes (gearmand 1.1.20 spoils 64), no NUL; none when empty. */
  readonly unique?: Buffer;
  /** Workload, any bytes. */
  readonly data: Buffer;
  readonly priority?: "high" | "normal" | "low";
  /** Send again when the connection ended before the answer. The job may then exist twice. */
  readonly resend?: boolean;
}

/** An accepted job. */
export interface SubmittedJob {
  readonly handle: Buffer;
  /** The server that holds it. */
  readonly server: ServerAddress;
}

/** Events of a {@link ClientConnection}. */
export interface ClientConnectionEvents {
  connect: [server: ServerAddress];
  disconnect: [reason: DisconnectReason];
}

const WINDOW = 1024;
const SUBMIT_TIMEOUT_MS = 30_000;
const MAX_QUEUED = 10_000;
const MAX_QUEUED_BYTES = 64 * 1024 * 1024;
const CLOSE_TIMEOUT_MS = 5000;
const MAX_UNIQUE_BYTES = 63;
const SUBMIT_NAMES = {
  high: "SUBMIT_JOB_HIGH_BG",
  normal: "SUBMIT_JOB_BG",
  low: "SUBMIT_JOB_LOW_BG",
} as const satisfies Record<string, SubmitPacket["name"]>;

/**
 * Submits background jobs to the first server of a list that accepts connections, and stays with it until it
 * fails. Requests are pipelined and answers matched in order. Every promise settles: with the answer, or with a
 * ClientError BAD_ARGUMENT, QUEUE_FULL, SERVER_ERROR, TIMEOUT, CONNECTION_LOST or CLOSED.
 *
 * When a connection ends, requests that were not sent yet wait for the next one, whichever server that is; those
 * without answer reject with CONNECTION_LOST, or wait as well with `resend`. A server that leaves a request
 * unanswered for `submitTimeoutMs` is left for the next one. Connects at once and for ever until `close`.
 */
export class ClientConnection extends EventEmitter<ClientConnectionEvents> {
  readonly #connection: Connection;
  readonly #queue: RequestQueue;
  readonly #clock: Clock;
  readonly #logger: ClientLogger;
  readonly #submitTimeoutMs: number;
  readonly #closeTimeoutMs: number;
  readonly #resend: boolean;
  readonly #connectWaiters = new Set<PromiseWithResolvers<void>>();
  #deadlineTimer: Timer | undefined;
  #flushTimer: Timer | undefined;
  #closing = false;
  #closed: Promise<void> | undefined;
  #flushed: (() => void) | undefined;

  /** @throws ClientError BAD_ARGUMENT without a server */
  constructor(options: ClientConnectionOptions) {
    super();
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
    this.#submitTimeoutMs = options.submitTimeoutMs ?? SUBMIT_TIMEOUT_MS;
    this.#closeTimeoutMs = options.closeTimeoutMs ?? CLOSE_TIMEOUT_MS;
    this.#resend = options.resend ?? false;
    this.#queue = new RequestQueue({
      window: options.window ?? WINDOW,
      maxQueued: options.maxQueued ?? MAX_QUEUED,
      maxHeldBytes: options.maxQueuedBytes ?? MAX_QUEUED_BYTES,
    });
    this.#connection = new Connection(options);
    this.#connection.on("connect", (server) => this.#connected(server));
    this.#connection.on("disconnect", (reason) => this.#disconnected(reason));
    this.#connection.on("packet", (packet) => this.#take(packet));
    this.#connection.on("drain", () => this.#pump());
    this.#connection.open();
  }

  get connected(): boolean {
    return this.#connection.state === "connected";
  }

  /** The server connected to, or to be tried next. */
  get server(): ServerAddress {
    return this.#connection.server;
  }

  /** Requests neither answered nor rejected. */
  get pending(): number {
    return this.#queue.length;
  }

  /** Resolves with the server's handle when it has accepted the job. Source: job-server spec 2.2, 2.10. */
  submitBackground(job: BackgroundJob): Promise<SubmittedJob> {
    const { function: name, unique = Buffer.alloc(0), data, priority = "normal" } = job;
    if (name.length === 0) return Promise.reject(new ClientError("BAD_ARGUMENT", "the function is empty"));
    if (unique.length > MAX_UNIQUE_BYTES) {
      const text = `unique name too long (${unique.length} > ${MAX_UNIQUE_BYTES})`;
      return Promise.reject(new ClientError("BAD_ARGUMENT", text));
    }
    const packet = { name: SUBMIT_NAMES[priority], function: name, unique, data };
    return this.#request("JOB_CREATED", packet, job.resend ?? this.#resend, (answer, server) => {
      const { handle } = answer as Packet & { name: "JOB_CREATED" };
      const functionName = diagnostics.submit.hasSubscribers ? name.toString("latin1") : "";
      if (functionName !== "")
        diagnostics.submit.publish({ server, function: functionName, bytes: data.length });
      return { handle: Buffer.from(handle), server };
    });
  }

  /** What the connected server knows about a job. Another server than the one that gave the handle knows nothing. */
  getStatus(handle: Buffer): Promise<JobStatus> {
    const packet: Packet = { name: "GET_STATUS", handle };
    return this.#request("STATUS_RES", packet, false, (answer) =>
      readStatus(answer as Packet & { name: "STATUS_RES" }),
    );
  }

  /** As `getStatus`, by unique key; the newest job of that key in any function. */
  getStatusUnique(unique: Buffer): Promise<UniqueJobStatus> {
    const packet: Packet = { name: "GET_STATUS_UNIQUE", unique };
    return this.#request("STATUS_RES_UNIQUE", packet, false, (answer) =>
      readUniqueStatus(answer as Packet & { name: "STATUS_RES_UNIQUE" }),
    );
  }

  /** Resolves when connected, at once if it is. Rejects with CLOSED when closed first. */
  waitConnected(): Promise<void> {
    if (this.connected) return Promise.resolve();
    if (this.#closing) return Promise.reject(closedError());
    const waiter = Promise.withResolvers<void>();
    this.#connectWaiters.add(waiter);
    return waiter.promise;
  }

  /**
   * Take no more requests, wait for the answers to those that were made, connecting if need be, at most
   * `closeTimeoutMs`; then close and reject what is left with CLOSED. May be called again.
   */
  close(): Promise<void> {
    this.#closing = true;
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    if (this.#queue.length > 0) {
      await new Promise<void>((resolve) => {
        this.#flushed = resolve;
        this.#flushTimer = this.#clock.setTimeout(resolve, this.#closeTimeoutMs);
      });
    }
    if (this.#flushTimer !== undefined) this.#clock.clearTimeout(this.#flushTimer);
    if (this.#deadlineTimer !== undefined) this.#clock.clearTimeout(this.#deadlineTimer);
    this.#deadlineTimer = undefined;
    for (const request of this.#queue.takeAll()) request.fail(closedError());
    for (const waiter of this.#connectWaiters) waiter.reject(closedError());
    this.#connectWaiters.clear();
    await this.#connection.close();
  }

  #request<T>(
    answer: AnswerName,
    packet: Packet,
    resend: boolean,
    read: (answer: Packet, server: ServerAddress) => T,
  ): Promise<T> {
    if (this.#closing) return Promise.reject(closedError());
    let wire: Buffer;
    try {
      wire = encodePacket("REQ", packet);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return Promise.reject(new ClientError("BAD_ARGUMENT", error.code, { cause: error }));
    }
    if (!this.#queue.hasRoom(wire.length)) {
      const text = `${this.#queue.length} requests are waiting for the job server`;
      return Promise.reject(new ClientError("QUEUE_FULL", text));
    }
    return new Promise<T>((resolve, reject) => {
      const deadlineMs = this.#clock.now() + this.#submitTimeoutMs;
      const settle = (got: Packet, server: ServerAddress) => resolve(read(got, server));
      this.#queue.add(new Request({ answer, wire, resend, deadlineMs, resolve: settle, reject }));
      this.#watchDeadline();
      this.#pump();
    });
  }

  #pump(): void {
    for (let next = this.#queue.next; next !== undefined; next = this.#queue.next) {
      if (!this.#connection.send(next.wire)) return; // "connect" or "drain" goes on
      this.#queue.markSent();
    }
  }

  #take(packet: Packet): void {
    switch (packet.name) {
      case "JOB_CREATED":
      case "STATUS_RES":
      case "STATUS_RES_UNIQUE":
      case "ERROR":
        this.#takeAnswer(packet);
        break;
      default: // progress of foreground jobs, which nobody here submits
        this.#logger.debug(`ignored packet ${packet.name} from the job server`);
    }
  }

  #takeAnswer(packet: Packet): void {
    const request = this.#queue.takeAnswered();
    if (request === undefined || !request.settle(packet, this.#connection.server)) {
      request?.fail(new ClientError("PROTOCOL", `the job server answered with ${packet.name}`));
      // from here on no answer can be given to a request any more
      this.#connection.drop({ code: "PROTOCOL", text: `${packet.name} is no answer to anything asked` });
      return;
    }
    if (this.#queue.length === 0) this.#flushed?.();
    this.#pump();
  }

  #connected(server: ServerAddress): void {
    diagnostics.connect.publish({ role: "client", server });
    for (const waiter of this.#connectWaiters) waiter.resolve();
    this.#connectWaiters.clear();
    this.#pump();
    this.emit("connect", server);
  }

  #disconnected(reason: DisconnectReason): void {
    diagnostics.disconnect.publish({ role: "client", code: reason.code });
    for (const request of this.#queue.takeLost()) {
      const text = `the connection ended before the answer: ${reason.text}`;
      request.fail(new ClientError("CONNECTION_LOST", text, { cause: reason.cause }));
    }
    if (this.#queue.length === 0) this.#flushed?.();
    this.emit("disconnect", reason);
  }

  /** One timer serves all requests: deadlines come in order. */
  #watchDeadline(): void {
    const deadlineMs = this.#queue.deadlineMs;
    if (this.#deadlineTimer !== undefined || deadlineMs === undefined) return;
    this.#deadlineTimer = this.#clock.setTimeout(
      () => this.#deadlinePassed(),
      Math.max(0, deadlineMs - this.#clock.now()),
    );
  }

  #deadlinePassed(): void {
    this.#deadlineTimer = undefined;
    const { overdue, sent } = this.#queue.takeOverdue(this.#clock.now());
    for (const request of overdue)
      request.fail(new ClientError("TIMEOUT", `no answer within ${this.#submitTimeoutMs} ms`));
    // an answer that comes late would be taken for that of the next request
    if (sent) this.#connection.drop({ code: "TIMEOUT", text: "no answer in time" });
    if (this.#queue.length === 0) this.#flushed?.();
    this.#watchDeadline();
  }
}

function closedError(): ClientError {
  return new ClientError("CLOSED", "the client connection is closed");
}
