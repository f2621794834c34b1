import { EventEmitter } from "node:events";
import {
  type Clock,
  nullLogger,
  omitUndefined,
  type ServerAddress,
  systemClock,
  type Timer,
} from "@mod-gearman/base";
import {
  type AdminReply,
  encodePacket,
  type Packet,
  ProtocolError,
  parseStatusLine,
  type QueueStatus,
} from "@mod-gearman/protocol";
import { AdminConnection } from "../admin/admin-connection.ts";
import type { Connection, ConnectionLogger } from "../connection/connection.ts";
import { diagnostics } from "../connection/diagnostics.ts";
import type { DisconnectReason } from "../connection/disconnect-reason.ts";
import { ClientError } from "../connection/errors.ts";
import type { JobClient } from "../contract/contract.ts";
import type { ForegroundProgress, ForegroundResult } from "../contract/foreground-result.ts";
import type { BackgroundJob, ForegroundJob, JobPriority, SubmittedJob } from "../contract/job.ts";
import type { JobStatus, UniqueJobStatus } from "../contract/job-status.ts";
import { backgroundTypes, foregroundTypes, SubmitWriter, submitBytes } from "../submit/submit-writer.ts";
import type { ClientConnectionOptions } from "./client-options.ts";
import { ForegroundJobs } from "./foreground-jobs.ts";
import { ForegroundSubmit } from "./foreground-submit.ts";
import { readStatus, readUniqueStatus } from "./read-status.ts";
import { BulkSubmit, Question, TrackedSubmit, type WireRange } from "./request.ts";
import { failAll, lostError, RequestPipeline } from "./request-pipeline.ts";
import type { SubmitOutcome } from "./submit-outcome.ts";

export interface ClientConnectionEvents {
  connect: [server: ServerAddress];
  disconnect: [reason: DisconnectReason];
  /** Emitted once the queue has drained to half its limit after exceeding it, or after QUEUE_FULL. */
  drain: [];
  /** Every server of the list refused the connection. */
  unreachable: [error: ClientError];
}

const CLOSE_TIMEOUT_MS = 5000;
const MAX_FOREGROUND = 10_000;
const MAX_DATA_BYTES = 16 * 1024 * 1024;
const NO_BYTES = Buffer.alloc(0);

/**
 * Submits jobs to the first server of a list that accepts connections, and uses it until it fails.
 * Requests are pipelined and answers matched in order. Every call settles: with the answer, or with a ClientError
 * BAD_ARGUMENT, QUEUE_FULL, SERVER_ERROR, TIMEOUT, CONNECTION_LOST, CONNECT_FAILED (with `failWhenUnreachable`)
 * or CLOSED.
 *
 * When a connection ends, unsent requests wait for the next one, on any server; unanswered ones reject with
 * CONNECTION_LOST, or wait as well with `resend`. A server that does not answer a request within `submitTimeoutMs`
 * is replaced by the next one. Connects immediately and reconnects until `close`.
 */
export class ClientConnection extends EventEmitter<ClientConnectionEvents> implements JobClient {
  readonly #pipeline: RequestPipeline;
  readonly #connection: Connection;
  readonly #writer = new SubmitWriter();
  readonly #foreground: ForegroundJobs;
  readonly #clock: Clock;
  readonly #logger: ConnectionLogger;
  readonly #options: ClientConnectionOptions;
  readonly #connectWaiters = new Set<PromiseWithResolvers<void>>();
  #flushTimer: Timer | undefined;
  #closing = false;
  #closed: Promise<void> | undefined;
  #flushed: (() => void) | undefined;

  /** @throws ClientError BAD_ARGUMENT without a server */
  constructor(options: ClientConnectionOptions) {
    super();
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? nullLogger;
    this.#foreground = new ForegroundJobs(this.#clock);
    this.#pipeline = new RequestPipeline(options, this.#clock, this.#logger, {
      onOther: (packet) => this.#takeReport(packet),
      onTurn: () => {
        if (this.pending === 0) this.#flushed?.();
      },
      onDrain: () => {
        if (!this.#closing) this.emit("drain");
      },
    });
    this.#connection = this.#pipeline.connection;
    this.#connection.on("connect", (server) => this.#connected(server));
    this.#connection.on("disconnect", (reason) => this.#disconnected(reason));
    this.#connection.on("unreachable", (reason) => this.#unreachable(reason));
    this.#connection.open();
  }

  get connected(): boolean {
    return this.#connection.state === "connected";
  }

  /** Connected, or next to try. */
  get server(): ServerAddress {
    return this.#connection.server;
  }

  /** Unsettled requests and foreground jobs without result. */
  get pending(): number {
    return this.#pipeline.length + this.#foreground.waiting;
  }

  /** Number of requests that are accepted now; at 0 wait for the event `drain`. */
  get queueRoom(): number {
    return this.#pipeline.room;
  }

  /** Resolves once a server has accepted the job. Source: job-server.md 2.2, 2.10. */
  submitBackground(job: BackgroundJob): Promise<SubmittedJob> {
    const refused = this.#write(backgroundTypes, job);
    if (refused !== undefined) return Promise.reject(refused);
    const publish = publisher(job);
    return this.#ask(this.#writer, this.#mayResend(job), (answer, server) => {
      if (answer.name !== "JOB_CREATED") return undefined;
      publish?.(server);
      return { handle: Buffer.from(answer.handle), server };
    });
  }

  /**
   * Submits hundreds of thousands of jobs per second: only `settled` is retained, and jobs enqueued in one turn of the
   * event loop leave in writes of up to 64 KiB. Check `queueRoom` and wait for `drain`: without room a job is refused
   * with QUEUE_FULL.
   *
   * @param settled called once, with undefined if a server has the job; for BAD_ARGUMENT, QUEUE_FULL and CLOSED it is
   * called before this method returns. Must not throw. Several jobs may get the same error object
   */
  enqueueBackground(job: BackgroundJob, settled: (error: ClientError | undefined) => void): void {
    const refused = this.#write(backgroundTypes, job);
    if (refused !== undefined) {
      settled(refused);
      return;
    }
    const publish = publisher(job);
    const onSettled =
      publish === undefined
        ? settled
        : (error: ClientError | undefined) => {
            if (error === undefined) publish(this.server);
            settled(error);
          };
    this.#pipeline.add(
      new BulkSubmit(this.#writer, this.#pipeline.deadlineMs(), this.#mayResend(job), onSettled),
    );
  }

  /** As {@link submitBackground}, without a promise and a copy of the handle: for thousands of jobs a second. */
  trackBackground(job: BackgroundJob, outcome: SubmitOutcome): void {
    const refused = this.#write(backgroundTypes, job);
    if (refused !== undefined) {
      outcome.refused(refused);
      return;
    }
    const publish = publisher(job);
    const tracked: SubmitOutcome =
      publish === undefined
        ? outcome
        : {
            accepted: (bytes, start, end, server) => {
              publish(server);
              outcome.accepted(bytes, start, end, server);
            },
            refused: (error) => outcome.refused(error),
          };
    this.#pipeline.add(
      new TrackedSubmit(this.#writer, this.#pipeline.deadlineMs(), this.#mayResend(job), tracked),
    );
  }

  /**
   * Submits a job and waits for its result. Any number may run on one connection. Besides the errors of all requests
   * it rejects with JOB_FAILED, JOB_EXCEPTION (only with `exceptions`), DATA_TOO_LARGE or HANDLER_FAILED (a function
   * of `progress` threw); the error's `phase` tells how far the job got. A rejected job is not removed from the
   * server. Source: job-server.md 2.2, 2.6.
   */
  submitForeground(job: ForegroundJob, progress: ForegroundProgress = {}): Promise<ForegroundResult> {
    if (this.#foreground.length >= (this.#options.maxQueued ?? MAX_FOREGROUND)) {
      const text = `${this.#foreground.length} foreground jobs have no result yet`;
      return Promise.reject(new ClientError("QUEUE_FULL", text));
    }
    const refused = this.#write(foregroundTypes, job);
    if (refused !== undefined) return Promise.reject(refused);
    const publish = publisher(job);
    const submit = new ForegroundSubmit(this.#writer, this.#pipeline.deadlineMs(), {
      progress,
      maxDataBytes: job.maxDataBytes ?? MAX_DATA_BYTES,
      onAccepted: (accepted, handle, server) => {
        publish?.(server);
        this.#foreground.accepted(accepted, handle);
      },
      onSettled: (settled) => {
        this.#foreground.settled(settled);
        this.#pipeline.turnSoon(); // a cancelled request may be at the head of the queue
      },
    });
    this.#foreground.add(submit, job.timeoutMs ?? this.#pipeline.timeoutMs, () => this.connected);
    this.#pipeline.add(submit);
    return submit.promise;
  }

  /** Asks the connected server, which is `server` of the answer: the connection may have changed since the call. */
  getStatus(handle: Buffer): Promise<JobStatus> {
    return this.#askPacket({ name: "GET_STATUS", handle }, (answer, server) =>
      answer.name === "STATUS_RES" ? readStatus(answer, server) : undefined,
    );
  }

  /** As `getStatus`, of the newest job with that key in any function. */
  getStatusUnique(unique: Buffer): Promise<UniqueJobStatus> {
    return this.#askPacket({ name: "GET_STATUS_UNIQUE", unique }, (answer, server) =>
      answer.name === "STATUS_RES_UNIQUE" ? readUniqueStatus(answer, server) : undefined,
    );
  }

  /** The admin command `status`, over a separate connection. Rejects as `AdminConnection.query` does. */
  async queues(): Promise<QueueStatus[]> {
    const asked = await AdminConnection.query(this.server, ["status"], {
      timeoutMs: this.#pipeline.timeoutMs,
      clock: this.#clock,
      ...omitUndefined({ duplex: this.#options.duplex }),
    });
    return readQueues(asked[0]);
  }

  /** Resolves once connected. Rejects with CLOSED if closed first. */
  waitConnected(): Promise<void> {
    if (this.connected) return Promise.resolve();
    if (this.#closing) return Promise.reject(closedError());
    const waiter = Promise.withResolvers<void>();
    this.#connectWaiters.add(waiter);
    return waiter.promise;
  }

  /**
   * Accepts no more requests, waits up to `closeTimeoutMs` for the answers and results of the pending ones, then closes
   * and rejects the rest with CLOSED. Idempotent.
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
        this.#flushTimer = this.#clock.setTimeout(resolve, this.#options.closeTimeoutMs ?? CLOSE_TIMEOUT_MS);
      });
    }
    if (this.#flushTimer !== undefined) this.#clock.clearTimeout(this.#flushTimer);
    const isGivenUp = this.pending > 0;
    this.#pipeline.stop(closedError());
    failAll(this.#foreground.takeAll(), closedError);
    for (const waiter of this.#connectWaiters) waiter.reject(closedError());
    this.#connectWaiters.clear();
    await this.#connection.close(0, isGivenUp);
  }

  /** Writes the packet of a job. @returns the error for which it is refused */
  #write(types: Readonly<Record<JobPriority, number>>, job: ForegroundJob): ClientError | undefined {
    if (this.#closing) return closedError();
    const { function: name, unique = NO_BYTES, data, priority = "normal" } = job;
    const full = this.#pipeline.refuse(submitBytes(name, unique, data));
    return full ?? this.#writer.write(types[priority], name, unique, data);
  }

  #mayResend(job: BackgroundJob): boolean {
    return job.resend ?? this.#options.resend ?? false;
  }

  #askPacket<T>(packet: Packet, read: (answer: Packet, server: ServerAddress) => T | undefined): Promise<T> {
    if (this.#closing) return Promise.reject(closedError());
    let chunk: Buffer;
    try {
      chunk = encodePacket("REQ", packet);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return Promise.reject(new ClientError("BAD_ARGUMENT", error.code, { cause: error }));
    }
    const full = this.#pipeline.refuse(chunk.length);
    if (full !== undefined) return Promise.reject(full);
    return this.#ask({ chunk, start: 0, end: chunk.length }, false, read);
  }

  #ask<T>(
    wire: WireRange,
    resend: boolean,
    read: (answer: Packet, server: ServerAddress) => T | undefined,
  ): Promise<T> {
    const question = new Question(wire, this.#pipeline.deadlineMs(), resend, read);
    this.#pipeline.add(question);
    return question.promise;
  }

  #takeReport(packet: Packet): void {
    if (this.#foreground.take(packet)) return;
    this.#logger.debug(`ignored packet ${packet.name} from the job server`);
  }

  #connected(server: ServerAddress): void {
    diagnostics.connect.publish({ role: "client", server });
    for (const waiter of this.#connectWaiters) waiter.resolve();
    this.#connectWaiters.clear();
    this.#pipeline.begin(this.#options.exceptions ?? false);
    this.emit("connect", server);
  }

  #disconnected(reason: DisconnectReason): void {
    diagnostics.disconnect.publish({ role: "client", code: reason.code });
    this.#pipeline.end(reason);
    failAll(this.#foreground.takeAll(), () => lostError(reason, "waiting"));
    this.emit("disconnect", reason);
  }

  #unreachable({ text, cause }: DisconnectReason): void {
    const error = new ClientError("CONNECT_FAILED", text, { cause, phase: "connecting" });
    if (this.#options.failWhenUnreachable === true) this.#pipeline.failWaiting(error);
    this.emit("unreachable", error);
  }
}

function readQueues(reply: AdminReply | undefined): QueueStatus[] {
  if (reply?.kind !== "table") throw new ClientError("PROTOCOL", "the answer to status is no table");
  return reply.lines.flatMap((line) => parseStatusLine(line) ?? []);
}

/** Publishes an accepted job on the diagnostics channel; undefined without subscribers. */
function publisher(job: ForegroundJob): ((server: ServerAddress) => void) | undefined {
  if (!diagnostics.submit.hasSubscribers) return undefined;
  const name = job.function.toString("latin1");
  const bytes = job.data.length;
  return (server) => diagnostics.submit.publish({ server, function: name, bytes });
}

function closedError(): ClientError {
  return new ClientError("CLOSED", "the client connection is closed");
}
