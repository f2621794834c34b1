import { EventEmitter } from "node:events";
import { encodePacket, type Packet, ProtocolError } from "@mod-gearman/protocol";
import { type ClientLogger, silentLogger } from "./client-logger.ts";
import type { BackgroundJob, ClientConnectionOptions, ForegroundJob } from "./client-options.ts";
import { type Clock, systemClock, type Timer } from "./clock.ts";
import { Connection } from "./connection.ts";
import { diagnostics } from "./diagnostics.ts";
import type { DisconnectReason } from "./disconnect-reason.ts";
import { ClientError, type RequestPhase } from "./errors.ts";
import { ForegroundJobs } from "./foreground-jobs.ts";
import { type ForegroundProgress, type ForegroundResult, ForegroundSubmit } from "./foreground-submit.ts";
import { type JobStatus, readStatus, readUniqueStatus, type UniqueJobStatus } from "./job-status.ts";
import { BulkSubmit, Question, type Request, type WireRange } from "./request.ts";
import { RequestQueue } from "./request-queue.ts";
import type { ServerAddress } from "./server-address.ts";
import {
  backgroundTypes,
  foregroundTypes,
  type JobPriority,
  SubmitWriter,
  submitBytes,
} from "./submit-writer.ts";

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
  /** There is room for requests again after it was used up. */
  drain: [];
  /** All servers were tried in turn and none accepted. */
  unreachable: [error: ClientError];
}

const WINDOW = 1024;
const SUBMIT_TIMEOUT_MS = 30_000;
const MAX_QUEUED = 10_000;
const MAX_QUEUED_BYTES = 64 * 1024 * 1024;
const CLOSE_TIMEOUT_MS = 5000;
const MAX_DATA_BYTES = 16 * 1024 * 1024;
const WRITE_BYTES = 64 * 1024;
const NO_BYTES = Buffer.alloc(0);
const ASK_FOR_EXCEPTIONS = encodePacket("REQ", { name: "OPTION_REQ", option: Buffer.from("exceptions") });

/**
 * Submits jobs to the first server of a list that accepts connections, and stays with it until it fails.
 * Requests are pipelined and answers matched in order. Every call settles: with the answer, or with a ClientError
 * BAD_ARGUMENT, QUEUE_FULL, SERVER_ERROR, TIMEOUT, CONNECTION_LOST, CONNECT_FAILED (with `failWhenUnreachable`)
 * or CLOSED.
 *
 * When a connection ends, requests that were not sent yet wait for the next one, whichever server that is; those
 * without answer reject with CONNECTION_LOST, or wait as well with `resend`. A server that leaves a request
 * unanswered for `submitTimeoutMs` is left for the next one. Connects at once and for ever until `close`.
 */
export class ClientConnection extends EventEmitter<ClientConnectionEvents> {
  readonly #connection: Connection;
  readonly #queue: RequestQueue;
  readonly #writer = new SubmitWriter();
  readonly #foreground: ForegroundJobs;
  readonly #clock: Clock;
  readonly #logger: ClientLogger;
  readonly #submitTimeoutMs: number;
  readonly #closeTimeoutMs: number;
  readonly #maxForeground: number;
  readonly #resend: boolean;
  readonly #exceptions: boolean;
  readonly #failWhenUnreachable: boolean;
  readonly #connectWaiters = new Set<PromiseWithResolvers<void>>();
  #deadlineTimer: Timer | undefined;
  #flushTimer: Timer | undefined;
  #closing = false;
  #closed: Promise<void> | undefined;
  #flushed: (() => void) | undefined;
  #pumping = false; // the pump runs at the end of this turn
  #turnMs: number | undefined; // the time of this turn; one look at the clock serves all its requests
  #unsentBytes = 0; // of this turn
  #wantsDrain = false;

  /** @throws ClientError BAD_ARGUMENT without a server */
  constructor(options: ClientConnectionOptions) {
    super();
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
    this.#submitTimeoutMs = options.submitTimeoutMs ?? SUBMIT_TIMEOUT_MS;
    this.#closeTimeoutMs = options.closeTimeoutMs ?? CLOSE_TIMEOUT_MS;
    this.#maxForeground = options.maxQueued ?? MAX_QUEUED;
    this.#resend = options.resend ?? false;
    this.#exceptions = options.exceptions ?? false;
    this.#failWhenUnreachable = options.failWhenUnreachable ?? false;
    this.#queue = new RequestQueue({
      window: options.window ?? WINDOW,
      maxQueued: options.maxQueued ?? MAX_QUEUED,
      maxHeldBytes: options.maxQueuedBytes ?? MAX_QUEUED_BYTES,
    });
    this.#foreground = new ForegroundJobs(this.#clock);
    this.#connection = new Connection(options, {
      onJobCreated: (bytes, start, end) => this.#takeJobCreated(bytes, start, end),
    });
    this.#connection.on("connect", (server) => this.#connected(server));
    this.#connection.on("disconnect", (reason) => this.#disconnected(reason));
    this.#connection.on("unreachable", (reason) => this.#unreachable(reason));
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

  /** Requests neither answered nor rejected, and foreground jobs without result. */
  get pending(): number {
    return this.#queue.length + this.#foreground.waiting;
  }

  /** How many more requests are taken; 0: wait for the event `drain`. */
  get queueRoom(): number {
    return this.#queue.room;
  }

  /** Resolves with the server's handle when it has accepted the job. Source: job-server spec 2.2, 2.10. */
  submitBackground(job: BackgroundJob): Promise<SubmittedJob> {
    const refused = this.#write(backgroundTypes, job);
    if (refused !== undefined) return Promise.reject(refused);
    const publish = publisher(job);
    return this.#ask(this.#writer, job.resend ?? this.#resend, (answer, server) => {
      if (answer.name !== "JOB_CREATED") return undefined;
      publish?.(server);
      return { handle: Buffer.from(answer.handle), server };
    });
  }

  /**
   * Submit by the hundred thousand a second: nothing but `settled` is kept of a job, and what is enqueued in one
   * turn leaves in writes of up to 64 KiB. Look at `queueRoom` and wait for `drain`: without room a job is refused
   * with QUEUE_FULL.
   *
   * @param settled called once, with undefined when a server has the job; a refusal (BAD_ARGUMENT, QUEUE_FULL,
   * CLOSED) is told before this method returns. Must not throw. Several jobs may get the same error object
   */
  enqueueBackground(job: BackgroundJob, settled: (error: ClientError | undefined) => void): void {
    const refused = this.#write(backgroundTypes, job);
    if (refused !== undefined) {
      settled(refused);
      return;
    }
    const publish = publisher(job);
    const told =
      publish === undefined
        ? settled
        : (error: ClientError | undefined) => {
            if (error === undefined) publish(this.server);
            settled(error);
          };
    this.#add(new BulkSubmit(this.#writer, this.#deadlineMs(), job.resend ?? this.#resend, told));
  }

  /**
   * Submit a job and wait for its result. Any number may run on one connection. Resolves when a worker completed
   * it; rejects besides the codes of all requests with JOB_FAILED, JOB_EXCEPTION (only with `exceptions`),
   * DATA_TOO_LARGE or HANDLER_FAILED (a function of `progress` threw); the error's `phase` says how far it had
   * got. A job that is given up stays with the server. Source: job-server spec 2.2, 2.6.
   */
  submitForeground(job: ForegroundJob, progress: ForegroundProgress = {}): Promise<ForegroundResult> {
    if (this.#foreground.length >= this.#maxForeground) {
      const text = `${this.#foreground.length} foreground jobs have no result yet`;
      return Promise.reject(new ClientError("QUEUE_FULL", text));
    }
    const refused = this.#write(foregroundTypes, job);
    if (refused !== undefined) return Promise.reject(refused);
    const publish = publisher(job);
    const submit = new ForegroundSubmit(this.#writer, this.#deadlineMs(), {
      progress,
      maxDataBytes: job.maxDataBytes ?? MAX_DATA_BYTES,
      onAccepted: (accepted, handle, server) => {
        publish?.(server);
        this.#foreground.accepted(accepted, handle);
      },
      onSettled: (settled) => {
        this.#foreground.settled(settled);
        this.#pumpSoon(); // a cancelled request may stand first
      },
    });
    this.#foreground.add(submit, job.timeoutMs ?? this.#submitTimeoutMs, () => this.connected);
    this.#add(submit);
    return submit.promise;
  }

  /** What the connected server knows about a job. Another server than the one that gave the handle knows nothing. */
  getStatus(handle: Buffer): Promise<JobStatus> {
    return this.#askPacket({ name: "GET_STATUS", handle }, (answer) =>
      answer.name === "STATUS_RES" ? readStatus(answer) : undefined,
    );
  }

  /** As `getStatus`, by unique key; the newest job of that key in any function. */
  getStatusUnique(unique: Buffer): Promise<UniqueJobStatus> {
    return this.#askPacket({ name: "GET_STATUS_UNIQUE", unique }, (answer) =>
      answer.name === "STATUS_RES_UNIQUE" ? readUniqueStatus(answer) : undefined,
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
   * Take no more requests, wait for the answers and results of those that were made, connecting if need be, at
   * most `closeTimeoutMs`; then close and reject what is left with CLOSED. May be called again.
   */
  close(): Promise<void> {
    this.#closing = true;
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    if (this.pending > 0) {
      await new Promise<void>((resolve) => {
        this.#flushed = resolve;
        this.#flushTimer = this.#clock.setTimeout(resolve, this.#closeTimeoutMs);
      });
    }
    if (this.#flushTimer !== undefined) this.#clock.clearTimeout(this.#flushTimer);
    if (this.#deadlineTimer !== undefined) this.#clock.clearTimeout(this.#deadlineTimer);
    this.#deadlineTimer = undefined;
    for (const request of [...this.#queue.takeAll(), ...this.#foreground.takeAll()])
      request.fail(closedError());
    for (const waiter of this.#connectWaiters) waiter.reject(closedError());
    this.#connectWaiters.clear();
    await this.#connection.close();
  }

  /** Put a job into the writer. @returns why it cannot be taken */
  #write(types: Readonly<Record<JobPriority, number>>, job: ForegroundJob): ClientError | undefined {
    if (this.#closing) return closedError();
    const { function: name, unique = NO_BYTES, data, priority = "normal" } = job;
    if (!this.#queue.hasRoom(submitBytes(name, unique, data))) return this.#queueFull();
    return this.#writer.write(types[priority], name, unique, data);
  }

  #askPacket<T>(packet: Packet, read: (answer: Packet) => T | undefined): Promise<T> {
    if (this.#closing) return Promise.reject(closedError());
    let chunk: Buffer;
    try {
      chunk = encodePacket("REQ", packet);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return Promise.reject(new ClientError("BAD_ARGUMENT", error.code, { cause: error }));
    }
    if (!this.#queue.hasRoom(chunk.length)) return Promise.reject(this.#queueFull());
    return this.#ask({ chunk, start: 0, end: chunk.length }, false, read);
  }

  #ask<T>(
    wire: WireRange,
    resend: boolean,
    read: (answer: Packet, server: ServerAddress) => T | undefined,
  ): Promise<T> {
    const question = new Question(wire, this.#deadlineMs(), resend, read);
    this.#add(question);
    return question.promise;
  }

  #queueFull(): ClientError {
    this.#wantsDrain = true;
    return new ClientError("QUEUE_FULL", `${this.#queue.length} requests are waiting for the job server`);
  }

  #deadlineMs(): number {
    this.#turnMs ??= this.#clock.now();
    return this.#turnMs + this.#submitTimeoutMs;
  }

  #add(request: Request): void {
    this.#queue.add(request);
    this.#watchDeadline();
    this.#unsentBytes += request.heldBytes;
    if (this.#unsentBytes >= WRITE_BYTES) this.#pump();
    this.#pumpSoon();
  }

  /** Send at the end of this turn: what belongs together leaves together. */
  #pumpSoon(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    queueMicrotask(this.#endTurn);
  }

  readonly #endTurn = (): void => {
    this.#pumping = false;
    this.#turnMs = undefined;
    this.#pump();
    if (this.pending === 0) this.#flushed?.();
    if (this.#queue.room === 0) this.#wantsDrain = true;
    if (!this.#wantsDrain || !this.#queue.isHalfFree || this.#closing) return;
    this.#wantsDrain = false;
    this.emit("drain");
  };

  /** Send what the window and the connection take, neighbours in one piece. "connect" and "drain" go on. */
  #pump(): void {
    this.#unsentBytes = 0;
    for (let next = this.#queue.next; next !== undefined && this.#connection.canSend; ) {
      const { chunk, start } = next;
      let end = start;
      while (next !== undefined && next.chunk === chunk && next.start === end) {
        end = next.end;
        this.#queue.markSent();
        next = this.#queue.next;
      }
      this.#connection.send(chunk.subarray(start, end));
    }
  }

  #take(packet: Packet): void {
    switch (packet.name) {
      case "JOB_CREATED":
      case "STATUS_RES":
      case "STATUS_RES_UNIQUE":
      case "OPTION_RES":
      case "ERROR":
        this.#takeAnswer(packet);
        break;
      default:
        if (!this.#foreground.take(packet))
          this.#logger.debug(`ignored packet ${packet.name} from the job server`);
    }
    this.#pumpSoon();
  }

  #takeAnswer(packet: Packet): void {
    const request = this.#queue.takeAnswered();
    if (request?.settle(packet, this.#connection.server) !== true) this.#senseless(packet.name, request);
  }

  #takeJobCreated(bytes: Buffer, start: number, end: number): void {
    const request = this.#queue.takeAnswered();
    const server = this.#connection.server;
    if (request?.created(bytes, start, end, server) !== true) this.#senseless("JOB_CREATED", request);
    this.#pumpSoon();
  }

  /** From here on no answer can be given to a request any more. */
  #senseless(name: string, request: Request | undefined): void {
    request?.fail(
      new ClientError("PROTOCOL", `the job server answered with ${name}`, { phase: "submitting" }),
    );
    this.#connection.drop({ code: "PROTOCOL", text: `${name} is no answer to anything asked` });
  }

  #connected(server: ServerAddress): void {
    diagnostics.connect.publish({ role: "client", server });
    for (const waiter of this.#connectWaiters) waiter.resolve();
    this.#connectWaiters.clear();
    if (this.#exceptions) this.#askForExceptions();
    this.#pump();
    this.emit("connect", server);
  }

  /** A server that knows no such option answers ERROR: then exceptions come as failures. */
  #askForExceptions(): void {
    const wire = { chunk: ASK_FOR_EXCEPTIONS, start: 0, end: ASK_FOR_EXCEPTIONS.length };
    const question = new Question(
      wire,
      this.#deadlineMs(),
      false,
      (answer) => answer.name === "OPTION_RES" || undefined,
    );
    question.promise.catch((error: ClientError) => this.#logger.info(`no exceptions: ${error.message}`));
    this.#queue.addSent(question);
    this.#connection.send(ASK_FOR_EXCEPTIONS);
    this.#watchDeadline();
    this.#pumpSoon();
  }

  #disconnected(reason: DisconnectReason): void {
    diagnostics.disconnect.publish({ role: "client", code: reason.code });
    const text = `the connection ended before the answer: ${reason.text}`;
    const { cause } = reason;
    const lost = this.#queue.takeLost();
    if (lost.length > 0)
      failAll(lost, new ClientError("CONNECTION_LOST", text, { cause, phase: "submitting" }));
    const running = this.#foreground.takeAll();
    if (running.length > 0)
      failAll(running, new ClientError("CONNECTION_LOST", text, { cause, phase: "waiting" }));
    this.#pumpSoon();
    this.emit("disconnect", reason);
  }

  #unreachable(reason: DisconnectReason): void {
    const error = new ClientError("CONNECT_FAILED", reason.text, {
      cause: reason.cause,
      phase: "connecting",
    });
    if (this.#failWhenUnreachable) failAll(this.#queue.takeWaiting(), error);
    this.#pumpSoon();
    this.emit("unreachable", error);
  }

  /** One timer serves all requests: deadlines come in order. */
  #watchDeadline(): void {
    if (this.#deadlineTimer !== undefined) return;
    const deadlineMs = this.#queue.deadlineMs;
    if (deadlineMs === undefined) return;
    this.#deadlineTimer = this.#clock.setTimeout(
      () => this.#deadlinePassed(),
      Math.max(0, deadlineMs - this.#clock.now()),
    );
  }

  #deadlinePassed(): void {
    this.#deadlineTimer = undefined;
    const { sent, waiting } = this.#queue.takeOverdue(this.#clock.now());
    const text = `no answer within ${this.#submitTimeoutMs} ms`;
    const phase: RequestPhase = this.connected ? "submitting" : "connecting";
    if (sent.length > 0) failAll(sent, new ClientError("TIMEOUT", text, { phase: "submitting" }));
    if (waiting.length > 0) failAll(waiting, new ClientError("TIMEOUT", text, { phase }));
    // an answer that comes late would be taken for that of the next request
    if (sent.length > 0) this.#connection.drop({ code: "TIMEOUT", text: "no answer in time" });
    this.#pumpSoon();
    this.#watchDeadline();
  }
}

function failAll(requests: readonly Request[], error: ClientError): void {
  for (const request of requests) request.fail(error);
}

/** Tells the diagnostics channel about an accepted job; undefined when nobody listens. */
function publisher(job: ForegroundJob): ((server: ServerAddress) => void) | undefined {
  if (!diagnostics.submit.hasSubscribers) return undefined;
  const name = job.function.toString("latin1");
  const bytes = job.data.length;
  return (server) => diagnostics.submit.publish({ server, function: name, bytes });
}

function closedError(): ClientError {
  return new ClientError("CLOSED", "the client connection is closed");
}
