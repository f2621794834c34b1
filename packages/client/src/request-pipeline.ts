import type { Clock, Timer } from "@mod-gearman/base";
import { encodePacket, type Packet } from "@mod-gearman/protocol";
import type { ClientConnectionOptions } from "./client-options.ts";
import { Connection, type ConnectionLogger } from "./connection.ts";
import type { DisconnectReason } from "./disconnect-reason.ts";
import { ClientError, type RequestPhase } from "./errors.ts";
import { OptionRequest, type Request } from "./request.ts";
import { RequestQueue } from "./request-queue.ts";

/** What a {@link RequestPipeline} leaves to its client connection. */
export interface PipelineHandlers {
  /** A packet that answers no request. */
  onOther(packet: Packet): void;
  /** The end of a turn in which something happened. */
  onTurn(): void;
  /** Half of the place for waiting requests is free again after more was taken up. */
  onDrain(): void;
}

const WINDOW = 1024;
const SUBMIT_TIMEOUT_MS = 30_000;
const MAX_QUEUED = 10_000;
const MAX_QUEUED_BYTES = 64 * 1024 * 1024;
const WRITE_BYTES = 64 * 1024;
const ASK_FOR_EXCEPTIONS = encodePacket("REQ", { name: "OPTION_REQ", option: Buffer.from("exceptions") });

/**
 * Sends requests over a connection within the window, gives answers to requests in order, and watches the time.
 * Every request added settles. Internal to the package.
 */
export class RequestPipeline {
  readonly connection: Connection;
  /** Most time from the call until a request is sent, and from then on until it is answered. */
  readonly timeoutMs: number;
  readonly #handlers: PipelineHandlers;
  readonly #queue: RequestQueue;
  readonly #clock: Clock;
  readonly #logger: ConnectionLogger;
  #option: OptionRequest | undefined;
  #deadlineTimer: Timer | undefined;
  #pumping = false; // the pump runs at the end of this turn
  #turnMs: number | undefined; // the time of this turn: one look at the clock serves all its requests
  #unsentBytes = 0; // of this turn
  #wantsDrain = false;

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

  /** Requests not settled. */
  get length(): number {
    return this.#queue.length - (this.#option?.cancelled === false ? 1 : 0); // that one is nobody's
  }

  /** How many more requests may be added. */
  get room(): number {
    return this.#queue.room;
  }

  /** @returns the QUEUE_FULL for which a request of that many bytes cannot be added, if any */
  refuse(bytes: number): ClientError | undefined {
    if (this.#queue.hasRoom(bytes)) return undefined;
    this.#wantsDrain = true;
    return new ClientError("QUEUE_FULL", `${this.#queue.length} requests are waiting for the job server`);
  }

  /** Until when a request made now must be sent, or one sent now be answered. */
  deadlineMs(): number {
    this.#turnMs ??= this.#clock.monotonicMs();
    this.turnSoon();
    return this.#turnMs + this.timeoutMs;
  }

  /** Send the request as soon as it is its turn. Ask `refuse` first. */
  add(request: Request): void {
    this.#queue.add(request);
    if (!this.#queue.isHalfFree) this.#wantsDrain = true; // before it is sent: the caller may see no room now
    this.#watchDeadline();
    this.#unsentBytes += request.heldBytes;
    if (this.#unsentBytes >= WRITE_BYTES) this.#pump();
    this.turnSoon();
  }

  /** At the end of this turn, send and tell: what belongs together leaves together. */
  turnSoon(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    queueMicrotask(this.#endTurn);
  }

  /** The connection has been made. */
  begin(exceptions: boolean): void {
    if (exceptions) this.#askForExceptions();
    this.#pump();
  }

  /** The connection has ended. */
  end(reason: DisconnectReason): void {
    failAll(this.#queue.takeLost(), () => lostError(reason, "submitting"));
    this.turnSoon();
  }

  /** Give up what has not been sent. */
  failWaiting(error: ClientError): void {
    failAll(this.#queue.takeWaiting(), () => error);
    this.turnSoon();
  }

  /** Give up everything; nothing happens any more by itself. */
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

  /** Send what the window and the connection take, neighbours in one piece. "connect" and "drain" go on. */
  #pump(): void {
    this.#unsentBytes = 0;
    let next = this.#queue.next;
    if (next === undefined) return;
    const answerByMs = (this.#turnMs ?? this.#clock.monotonicMs()) + this.timeoutMs;
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

  #take(packet: Packet): void {
    switch (packet.name) {
      case "JOB_CREATED":
      case "STATUS_RES":
      case "STATUS_RES_UNIQUE":
      case "OPTION_RES":
      case "ERROR": {
        const request = this.#queue.takeAnswered();
        if (request?.settle(packet, this.connection.server) !== true) this.#senseless(packet.name, request);
        break;
      }
      default:
        this.#handlers.onOther(packet);
    }
    this.turnSoon();
  }

  #takeJobCreated(bytes: Buffer, start: number, end: number): void {
    const request = this.#queue.takeAnswered();
    const server = this.connection.server;
    if (request?.created(bytes, start, end, server) !== true) this.#senseless("JOB_CREATED", request);
    this.turnSoon();
  }

  /** From here on no answer can be given to a request any more. */
  #senseless(name: string, request: Request | undefined): void {
    const text = `the job server answered with ${name}`;
    request?.fail(new ClientError("PROTOCOL", text, { phase: "submitting" }));
    this.connection.drop({ code: "PROTOCOL", text: `${name} is no answer to anything asked` });
  }

  /** A server that knows no such option answers ERROR: then exceptions come as failures. */
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

  /** One timer serves all requests: deadlines come in order. */
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
    // an answer that comes late would be taken for that of the next request
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

/** One error object serves all. Internal. */
export function failAll(requests: readonly Request[], makeError: () => ClientError): void {
  if (requests.length === 0) return;
  const error = makeError();
  for (const request of requests) request.fail(error);
}
