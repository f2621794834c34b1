import { EventEmitter } from "node:events";
import { type Clock, nullLogger, type ServerAddress, systemClock, type Timer } from "@mod-gearman/base";
import {
  type ErrorPacket,
  encodePacket,
  type JobAssignAllPacket,
  type JobAssignPacket,
  type JobAssignUniqPacket,
  type Packet,
} from "@mod-gearman/protocol";
import { Connection, type ConnectionLogger, type ConnectionOptions } from "../connection/connection.ts";
import { diagnostics } from "../connection/diagnostics.ts";
import type { DisconnectReason } from "../connection/disconnect-reason.ts";
import { ClientError } from "../connection/errors.ts";
import { serverError } from "../connection/server-error.ts";
import type { RunningJob } from "../contract/assigned-job.ts";
import type { JobWorker } from "../contract/contract.ts";
import type { BackgroundJob } from "../contract/job.ts";
import { randomUnique } from "../submit/random-unique.ts";
import { Abilities } from "./abilities.ts";
import { MAX_CLIENT_ID_BYTES } from "./client-id.ts";
import { GrabLoop } from "./grab-loop.ts";
import { HeldJob, type JobEnd, type JobProgress } from "./held-job.ts";
import { type Settled, UnansweredSubmits } from "./unanswered-submits.ts";

/** Settings of a {@link WorkerConnection}. Times are milliseconds. */
export interface WorkerConnectionOptions extends Omit<ConnectionOptions, "servers"> {
  readonly server: ServerAddress;
  /** Functions to announce; may be empty, may be changed later. */
  readonly functions: readonly Buffer[];
  /** Maximum of running plus requested jobs (≥ 0; 0 pauses grabbing). */
  readonly maxInFlight: number;
  /** Name of the connection in the admin command `workers`, at most 127 bytes; none by default. */
  readonly clientId?: Buffer;
  readonly paused?: boolean;
  /** Handles a job; must not block. If it throws, the job fails and `onProblem` gets HANDLER_FAILED. */
  onJob(job: RunningJob): void;
  /** SERVER_ERROR, JOB_NOT_FOUND (information), HANDLER_FAILED, OUTPUT_FULL. Must not throw. */
  onProblem?(problem: ClientError): void;
  /** Longest wait for the answer to a grab; the connection is replaced then. Default 30000. */
  readonly answerTimeoutMs?: number;
  /** Longest time `close` takes to flush the output. Default 1000. */
  readonly closeTimeoutMs?: number;
  /**
   * See {@link ConnectionOptions}. Besides: up to 128 jobs are requested at a time while they keep coming, and the buffers of
   * a job are views of what was received, for a handler that lets go of them soon.
   */
  readonly bulk?: boolean;
}

export interface WorkerConnectionEvents {
  connect: [server: ServerAddress];
  disconnect: [reason: DisconnectReason];
  /** The server has no job and will wake this worker. */
  asleep: [];
  /** The server has jobs; they are grabbed unless paused or full. */
  wake: [];
  /** No job is running and no grab is outstanding. */
  idle: [];
}

const ANSWER_TIMEOUT_MS = 30_000;
const CLOSE_TIMEOUT_MS = 1000;
const BULK_GRABS = 128;
const GRAB = encodePacket("REQ", { name: "GRAB_JOB_UNIQ" });
const PRE_SLEEP = encodePacket("REQ", { name: "PRE_SLEEP" });

/**
 * Takes jobs from one job server. Connects immediately and reconnects until `close`; after each connect it announces its
 * functions and continues grabbing. Jobs of a connection that ended are `connectionLost`: their reports are not sent,
 * because the server has assigned them to another worker.
 */
export class WorkerConnection extends EventEmitter<WorkerConnectionEvents> implements JobWorker {
  readonly #options: WorkerConnectionOptions;
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #logger: ConnectionLogger;
  readonly #loop: GrabLoop;
  readonly #abilities: Abilities;
  readonly #live = new Set<HeldJob>(); // unreported jobs of the current connection
  readonly #answerTimeoutMs: number;
  readonly #bulk: boolean;
  #pumping = false; // the pump runs at the end of this turn
  readonly #submits = new UnansweredSubmits();
  #answerTimer: Timer | undefined;
  #waitsSinceMs = 0; // the last answer, or the first request after a pause
  #closing = false;
  #idle = true;

  /** @throws ClientError BAD_ARGUMENT for a function name that cannot be announced, or a client id too long */
  constructor(options: WorkerConnectionOptions) {
    super();
    if ((options.clientId?.length ?? 0) > MAX_CLIENT_ID_BYTES)
      throw new ClientError("BAD_ARGUMENT", `the client id is longer than ${MAX_CLIENT_ID_BYTES} bytes`);
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? nullLogger;
    this.#answerTimeoutMs = options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS;
    this.#bulk = options.bulk ?? false;
    this.#loop = new GrabLoop(options.maxInFlight, this.#bulk ? BULK_GRABS : undefined);
    this.#loop.paused = options.paused ?? false;
    this.#abilities = new Abilities(options.functions);
    this.#connection = new Connection({ ...options, servers: [options.server] });
    this.#connection.on("connect", (server) => this.#connected(server));
    this.#connection.on("disconnect", (reason) => this.#disconnected(reason));
    this.#connection.on("packet", (packet) => this.#take(packet));
    this.#connection.open();
  }

  get connected(): boolean {
    return this.#connection.state === "connected";
  }

  get server(): ServerAddress {
    return this.#options.server;
  }

  /** Unfinished jobs, those of lost connections included. */
  get held(): number {
    return this.#loop.held;
  }

  get outstandingGrabs(): number {
    return this.#loop.outstanding;
  }

  /** Between PRE_SLEEP and NOOP. */
  get asleep(): boolean {
    return this.connected && this.#loop.asleep;
  }

  /**
   * Replaces the functions, on the live connection too. New ones are announced immediately. Old ones are withdrawn once
   * none of their jobs is running; until then nothing is grabbed, and another of their jobs may still arrive.
   *
   * @throws ClientError BAD_ARGUMENT for an empty name, one above 511 bytes or with NUL; nothing changes then
   */
  setFunctions(functions: readonly Buffer[]): void {
    this.#abilities.set(functions);
    this.#pump();
  }

  /** Changes `maxInFlight`; running jobs are not affected. */
  setCapacity(capacity: number): void {
    this.#loop.capacity = capacity;
    this.#pump();
  }

  /**
   * Stops grabbing until `resume`; requested jobs may still arrive. A paused worker that is asleep is still woken
   * (event `wake`), so a slot with several servers resumes one connection, waits for a job or `asleep`, pauses it and
   * resumes the next; with all asleep it resumes the one that wakes (worker.md 2.2).
   */
  pause(): void {
    this.#loop.paused = true;
  }

  resume(): void {
    this.#loop.paused = false;
    this.#pump();
  }

  /**
   * Closes the connection after sending the reports made so far. The server assigns running jobs to other workers. To
   * finish them first: `setCapacity(0)`, wait until `held` and `outstandingGrabs` are 0 (event `idle`).
   */
  async close(): Promise<void> {
    this.#closing = true;
    const timeoutMs = this.#options.closeTimeoutMs ?? CLOSE_TIMEOUT_MS;
    if (this.#submits.length > 0) await this.#submits.whenNone(timeoutMs, this.#clock);
    await this.#connection.close(timeoutMs, this.#submits.length > 0);
  }

  /**
   * Submits a background job over this connection, in one write with the report of a job that ended in the same turn:
   * the server has it before that report.
   *
   * @param settled called once, later: undefined if the server has the job, else CONNECTION_LOST or SERVER_ERROR
   * @returns false if nothing was sent: not connected, closing, too much unsent output, or a name that the protocol
   * does not allow
   */
  submitBackground(
    job: Required<Pick<BackgroundJob, "function" | "unique" | "data">>,
    settled: Settled,
  ): boolean {
    if (!this.connected || this.#closing) return false;
    let bytes: Buffer;
    try {
      const { function: name, data } = job;
      const unique = job.unique.length === 0 ? randomUnique() : job.unique;
      bytes = encodePacket("REQ", { name: "SUBMIT_JOB_BG", function: name, unique, data });
    } catch {
      return false;
    }
    if (!this.#connection.send(bytes)) return false;
    const isFirst = !this.#awaitsAnswer;
    this.#submits.push(settled);
    this.#watchAnswers(isFirst);
    return true;
  }

  #connected(server: ServerAddress): void {
    diagnostics.connect.publish({ role: "worker", server });
    this.#loop.restart();
    const hello: Buffer[] = [];
    const { clientId } = this.#options;
    if (clientId !== undefined) hello.push(encodePacket("REQ", { name: "SET_CLIENT_ID", id: clientId }));
    for (const name of this.#abilities.announceAll(() => this.#clock.random()))
      hello.push(encodePacket("REQ", { name: "CAN_DO", function: name }));
    if (hello.length > 0) this.#send(Buffer.concat(hello));
    this.#pump();
    this.emit("connect", server);
  }

  #disconnected(reason: DisconnectReason): void {
    diagnostics.disconnect.publish({ role: "worker", code: reason.code });
    for (const job of this.#live) job.markLost();
    this.#live.clear();
    this.#loop.restart();
    this.#stopAnswerTimer();
    this.#submits.lose(reason);
    this.emit("disconnect", reason);
    this.#emitIdle();
  }

  #take(packet: Packet): void {
    this.#waitsSinceMs = this.#clock.monotonicMs();
    switch (packet.name) {
      case "JOB_ASSIGN":
      case "JOB_ASSIGN_UNIQ":
      case "JOB_ASSIGN_ALL":
        this.#takeJob(packet);
        break;
      case "NO_JOB":
        if (this.#loop.noJob()) this.#pump();
        else this.#unexpectedPacket(packet);
        break;
      case "NOOP":
        this.#loop.wake();
        this.emit("wake");
        this.#pump();
        break;
      case "JOB_CREATED":
        if (!this.#submits.settle()) this.#unexpectedPacket(packet);
        break;
      case "ERROR":
        this.#takeError(packet);
        break;
      default:
        this.#logger.debug(`ignored packet ${packet.name} from the job server`);
    }
  }

  #takeJob(packet: JobAssignPacket | JobAssignUniqPacket | JobAssignAllPacket): void {
    if (!this.#loop.assigned()) {
      this.#unexpectedPacket(packet);
      return;
    }
    const job = new HeldJob(packet, this.#onJobEnd, this.#onProgress, this.#bulk);
    this.#live.add(job);
    const { function: name, data } = job;
    if (diagnostics.assign.hasSubscribers)
      diagnostics.assign.publish({ function: name.toString("latin1"), bytes: data.length });
    try {
      this.#options.onJob(job);
    } catch (error) {
      this.#problem(new ClientError("HANDLER_FAILED", "the job handler threw", { cause: error }));
      job.fail();
    }
    this.#pumpSoon();
  }

  readonly #onJobEnd = (job: HeldJob, end: JobEnd): void => {
    this.#loop.released();
    if (this.#live.delete(job)) this.#report(job.handle, end);
    this.#pumpSoon();
  };

  readonly #onProgress = ({ handle }: HeldJob, progress: JobProgress): void =>
    this.#send(encodePacket("REQ", { ...progress, handle }));

  /** Jobs arrive and end by the dozen in one turn: they are replaced together. */
  #pumpSoon(): void {
    if (!this.#bulk) {
      this.#pump();
      return;
    }
    if (this.#pumping) return;
    this.#pumping = true;
    queueMicrotask(() => {
      this.#pumping = false;
      this.#pump();
    });
  }

  #report(handle: Buffer, end: JobEnd): void {
    if (end.kind === "complete")
      this.#send(encodePacket("REQ", { name: "WORK_COMPLETE", handle, data: end.data }));
    if (end.kind === "fail") this.#send(encodePacket("REQ", { name: "WORK_FAIL", handle }));
  }

  #takeError(packet: ErrorPacket): void {
    const isNotFound = packet.code.toString("latin1") === "JOB_NOT_FOUND";
    const error = serverError(isNotFound ? "JOB_NOT_FOUND" : "SERVER_ERROR", packet);
    const text = error.message.slice(error.code.length + 2);
    if (isNotFound) {
      // the job was withdrawn before the report; this answers no grab (job-server.md 2.10)
      this.#logger.info(text);
      this.#problem(error);
      return;
    }
    if (this.#submits.settle(error)) return; // answers arrive in order, and a submit is older than a grab behind it
    this.#problem(error);
    this.#connection.drop({ code: "SERVER_ERROR", text }); // worker.md 2.2
  }

  /** Sends what is due: changed functions, grabs or PRE_SLEEP. */
  #pump(): void {
    if (!this.connected || this.#closing) {
      this.#emitIdle();
      return;
    }
    this.#sendAbilities();
    const isFirst = !this.#awaitsAnswer;
    const { grabs, preSleep } = this.#loop.plan(this.#abilities.empty || this.#abilities.withdrawing);
    if (preSleep) this.#send(PRE_SLEEP);
    if (grabs > 0) {
      this.#send(grabs === 1 ? GRAB : Buffer.concat(new Array<Buffer>(grabs).fill(GRAB)));
      this.#watchAnswers(isFirst);
    }
    if (preSleep && this.asleep) this.emit("asleep");
    this.#emitIdle();
  }

  #emitIdle(): void {
    const wasIdle = this.#idle;
    this.#idle = this.#loop.outstanding === 0 && this.#loop.held === 0;
    if (this.#idle && !wasIdle) this.emit("idle");
  }

  #sendAbilities(): void {
    const noGrabs = this.#loop.outstanding === 0;
    const { canDo, cantDo } = this.#abilities.changes(noGrabs, (name) => this.#isRunning(name));
    for (const name of cantDo) this.#send(encodePacket("REQ", { name: "CANT_DO", function: name }));
    for (const name of canDo) this.#send(encodePacket("REQ", { name: "CAN_DO", function: name }));
    if (canDo.length > 0) this.#loop.wake(); // the server sends no NOOP for jobs that are already queued
  }

  #isRunning(name: Buffer): boolean {
    for (const job of this.#live) if (job.function.equals(name)) return true;
    return false;
  }

  /** A report that cannot be sent must not be dropped silently: without it the server repeats the job. */
  #send(bytes: Buffer): void {
    if (this.#connection.send(bytes) || !this.connected) return;
    const text = "the job server does not read";
    this.#problem(new ClientError("OUTPUT_FULL", text));
    this.#connection.drop({ code: "OUTPUT_FULL", text });
  }

  #unexpectedPacket(packet: Packet): void {
    this.#connection.drop({ code: "PROTOCOL", text: `${packet.name} without a grab` });
  }

  #problem(problem: ClientError): void {
    this.#options.onProblem?.(problem);
  }

  get #awaitsAnswer(): boolean {
    return this.#loop.outstanding > 0 || this.#submits.length > 0;
  }

  /**
   * @param isFirst nothing was unanswered before: the timeout starts now, even if a timer from an earlier request still
   * runs
   */
  #watchAnswers(isFirst: boolean): void {
    if (!this.connected) return;
    if (isFirst) this.#waitsSinceMs = this.#clock.monotonicMs();
    if (this.#answerTimer === undefined) this.#armAnswerTimer(this.#answerTimeoutMs);
  }

  /** One timer that is rearmed, instead of a new one for every grab. */
  #armAnswerTimer(ms: number): void {
    this.#answerTimer = this.#clock.setTimeout(() => {
      this.#answerTimer = undefined;
      if (!this.#awaitsAnswer) return;
      const leftMs = this.#waitsSinceMs + this.#answerTimeoutMs - this.#clock.monotonicMs();
      if (leftMs > 0) this.#armAnswerTimer(leftMs);
      else this.#connection.drop({ code: "TIMEOUT", text: "no answer to a grab or submit" });
    }, ms);
  }

  #stopAnswerTimer(): void {
    if (this.#answerTimer !== undefined) this.#clock.clearTimeout(this.#answerTimer);
    this.#answerTimer = undefined;
  }
}
