import type { Clock, Timer } from "@mod-gearman/base";
import { encodePacket, type Packet } from "@mod-gearman/protocol";
import { Connection, type ConnectionLogger } from "../connection/connection.ts";
import type { DisconnectReason } from "../connection/disconnect-reason.ts";
import { ClientError, type RequestPhase } from "../connection/errors.ts";
import type { ClientConnectionOptions } from "./client-options.ts";
import { OptionRequest, type Request } from "./request.ts";
import { RequestQueue } from "./request-queue.ts";

export interface PipelineHandlers {
  onOther(packet: Packet): void;
  /** The end of a turn of the event loop in which something happened. */
  onTurn(): void;
  /** The queue has drained to half its limit after exceeding it, or after QUEUE_FULL. */
  onDrain(): void;
}

const WINDOW = 1024;
const SUBMIT_TIMEOUT_MS = 30_000;
const MAX_QUEUED = 10_000;
const MAX_QUEUED_BYTES = 64 * 1024 * 1024;
const WRITE_BYTES = 64 * 1024;
const ASK_FOR_EXCEPTIONS = encodePacket("REQ", { name: "OPTION_REQ", option: Buffer.from("exceptions") });

/**
 * Sends requests over a connection within the window, matches answers in order, and enforces timeouts. Every added
 * request settles. Internal to the package.
 */
export class RequestPipeline {
  readonly connection: Connection;
  /** Longest wait from the call until a request is sent, and again until it is answered. */
  readonly timeoutMs: number;
  readonly #handlers: PipelineHandlers;
  readonly #queue: RequestQueue;
  readonly #clock: Clock;
  readonly #logger: ConnectionLogger;
  #option: OptionRequest | undefined;
  #deadlineTimer: Timer | undefined;
  #pumping = false; // the pump runs at the end of this turn
  #turnMs: number | undefined; // the clock is read once per turn
  #unsentBytes = 0; // of this turn
  #wantsDrain = false;
  readonly #failWhenLost: boolean;
  readonly #maxSilenceMs: number;
  #isAnswered = false; // since the last look at the clock
  #answeredMs = 0; // the last answer, or the first request after a pause

  /** @throws ClientError BAD_ARGUMENT without a server */
  constructor(
    options: ClientConnectionOptions,
    clock: Clock,
    logger: ConnectionLogger,
    handlers: PipelineHandlers,
  ) {
    this.timeoutMs = options.submitTimeoutMs ?? SUBMIT_TIMEOUT_MS;
    this.#clock = clock;
    this.#logger = logger;
    this.#handlers = handlers;
    this.#failWhenLost = options.failWhenLost ?? false;
    this.#maxSilenceMs = options.maxSilenceMs ?? Number.POSITIVE_INFINITY;
    this.#queue = new RequestQueue({
      window: options.window ?? WINDOW,
      maxQueued: options.maxQueued ?? MAX_QUEUED,
      maxHeldBytes: options.maxQueuedBytes ?? MAX_QUEUED_BYTES,
    });
    this.connection = new Connection(options, {
      onJobCreated: (bytes, start, end) => this.#takeJobCreated(bytes, start, end),
    });
    this.connection.on("packet", (packet) => this.#take(packet));
    this.connection.on("drain", () => this.#pump());
  }

  /** Unsettled requests of callers, without requests of the connection itself. */
  get length(): number {
    return this.#queue.length - (this.#option?.cancelled === false ? 1 : 0);
  }

  /** Requests that may be added now. */
  get room(): number {
    return this.#queue.room;
  }

  /** @returns QUEUE_FULL if a request of that many bytes cannot be added */
  refuse(bytes: number): ClientError | undefined {
    if (this.#queue.hasRoom(bytes)) return undefined;
    this.#wantsDrain = true;
    return new ClientError("QUEUE_FULL", `${this.#queue.length} requests are waiting for the job server`);
  }

  /** Latest time for sending a request made now, or for the answer to one sent now. */
  deadlineMs(): number {
    this.#turnMs ??= this.#clock.monotonicMs();
    this.turnSoon();
    return this.#turnMs + this.timeoutMs;
  }

  /** Sends the request in its turn. Call `refuse` first. */
  add(request: Request): void {
    this.#queue.add(request);
    if (!this.#queue.isHalfFree) this.#wantsDrain = true; // before it is sent, as the caller may see `room` 0 now
    this.#watchDeadline();
    this.#unsentBytes += request.heldBytes;
    if (this.#unsentBytes >= WRITE_BYTES) this.#pump();
    this.turnSoon();
  }

  /** At the end of this turn, sends in one write and calls the handlers. */
  turnSoon(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    queueMicrotask(this.#endTurn);
  }

  begin(exceptions: boolean): void {
    if (exceptions) this.#askForExceptions();
    this.#pump();
  }

  end(reason: DisconnectReason): void {
    failAll(this.#queue.takeLost(), () => lostError(reason, "submitting"));
    if (this.#failWhenLost) this.failWaiting(lostError(reason, "connecting"));
    this.turnSoon();
  }

  failWaiting(error: ClientError): void {
    failAll(this.#queue.takeWaiting(), () => error);
    this.turnSoon();
  }

  /** Fails all requests and stops the timer. Final. */
  stop(error: ClientError): void {
    if (this.#deadlineTimer !== undefined) this.#clock.clearTimeout(this.#deadlineTimer);
    this.#deadlineTimer = undefined;
    failAll(this.#queue.takeAll(), () => error);
  }

  readonly #endTurn = (): void => {
    this.#pumping = false;
    this.#turnMs = undefined;
    this.#pump();
    this.#handlers.onTurn();
    if (!this.#wantsDrain || !this.#queue.isHalfFree) return;
    this.#wantsDrain = false;
    this.#handlers.onDrain();
  };

  /** Sends what window and connection accept, adjacent packets in one piece. The events connect and drain continue. */
  #pump(): void {
    this.#unsentBytes = 0;
    let next = this.#queue.next;
    if (next === undefined) return;
    const nowMs = this.#turnMs ?? this.#clock.monotonicMs();
    if (this.#isSilent(nowMs)) return;
    const answerByMs = nowMs + this.timeoutMs;
    while (next !== undefined && this.connection.canSend) {
      const { chunk, start } = next;
      let end = start;
      while (next !== undefined && next.chunk === chunk && next.start === end) {
        end = next.end;
        this.#queue.markSent(answerByMs);
        next = this.#queue.next;
      }
      this.connection.send(chunk.subarray(start, end));
    }
  }

  /** Whether requests have been unanswered for too long to send more. The next answer continues. */
  #isSilent(nowMs: number): boolean {
    if (this.#isAnswered || this.#queue.sentLength === 0) this.#answeredMs = nowMs;
    this.#isAnswered = false;
    return nowMs - this.#answeredMs > this.#maxSilenceMs;
  }

  #take(packet: Packet): void {
    this.#isAnswered = true;
    switch (packet.name) {
      case "JOB_CREATED":
      case "STATUS_RES":
      case "STATUS_RES_UNIQUE":
      case "OPTION_RES":
      case "ERROR": {
        const request = this.#queue.takeAnswered();
        if (request?.settle(packet, this.connection.server) !== true)
          this.#unexpectedPacket(packet.name, request);
        break;
      }
      default:
        this.#handlers.onOther(packet);
    }
    this.turnSoon();
  }

  #takeJobCreated(bytes: Buffer, start: number, end: number): void {
    this.#isAnswered = true;
    const request = this.#queue.takeAnswered();
    const server = this.connection.server;
    if (request?.created(bytes, start, end, server) !== true) this.#unexpectedPacket("JOB_CREATED", request);
    this.turnSoon();
  }

  /** Answers can no longer be matched to requests: the connection is dropped. */
  #unexpectedPacket(name: string, request: Request | undefined): void {
    const text = `the job server answered with ${name}`;
    request?.fail(new ClientError("PROTOCOL", text, { phase: "submitting" }));
    this.connection.drop({ code: "PROTOCOL", text: `${name} is no answer to anything asked` });
  }

  /** A server without that option answers ERROR; exceptions then arrive as failures. */
  #askForExceptions(): void {
    const wire = { chunk: ASK_FOR_EXCEPTIONS, start: 0, end: ASK_FOR_EXCEPTIONS.length };
    const answerByMs = this.deadlineMs();
    this.#option = new OptionRequest(wire, answerByMs, (error) =>
      this.#logger.info(`no exceptions: ${error.message}`),
    );
    this.#queue.addSent(this.#option, answerByMs);
    this.connection.send(ASK_FOR_EXCEPTIONS);
    this.#watchDeadline();
  }

  /** One timer serves all requests, as deadlines are in order. */
  #watchDeadline(): void {
    if (this.#deadlineTimer !== undefined) return;
    const deadlineMs = this.#queue.deadlineMs;
    if (deadlineMs === undefined) return;
    const inMs = Math.max(0, deadlineMs - this.#clock.monotonicMs());
    this.#deadlineTimer = this.#clock.setTimeout(() => this.#deadlinePassed(), inMs);
  }

  #deadlinePassed(): void {
    this.#deadlineTimer = undefined;
    const { sent, waiting } = this.#queue.takeOverdue(this.#clock.monotonicMs());
    const text = `no answer within ${this.timeoutMs} ms`;
    const phase: RequestPhase = this.connection.state === "connected" ? "submitting" : "connecting";
    failAll(sent, () => new ClientError("TIMEOUT", text, { phase: "submitting" }));
    failAll(waiting, () => new ClientError("TIMEOUT", text, { phase }));
    // a late answer would be matched to the next request
    if (sent.length > 0) this.connection.drop({ code: "TIMEOUT", text: "no answer in time" });
    this.turnSoon();
    this.#watchDeadline();
  }
}

/** The connection ended before the answer or result. Internal. */
export function lostError({ text, cause }: DisconnectReason, phase: RequestPhase): ClientError {
  return new ClientError("CONNECTION_LOST", `the connection ended before the answer: ${text}`, {
    cause,
    phase,
  });
}

/** All requests get the same error object. Internal. */
export function failAll(requests: readonly Request[], makeError: () => ClientError): void {
  if (requests.length === 0) return;
  const error = makeError();
  for (const request of requests) request.fail(error);
}
