import type { Duplex } from "node:stream";
import type { Clock, ServerAddress, Timer } from "@mod-gearman/base";
import type { Packet } from "@mod-gearman/protocol";
import { closeStream } from "../connection/close-stream.ts";
import { type DuplexFactory, dialSafely, dialTcp } from "../connection/dial.ts";
import { ClientError } from "../connection/errors.ts";
import { Link } from "../connection/link.ts";
import { serverError } from "../connection/server-error.ts";
import type { BackgroundJob } from "../contract/job.ts";
import type { UniqueSeries } from "./random-unique.ts";
import { backgroundTypes, SubmitWriter } from "./submit-writer.ts";

/** Settings of a {@link SubmitLink}. Times are milliseconds. */
export interface SubmitLinkOptions {
  readonly connectTimeoutMs: number;
  /** Longest wait for the next answer while jobs are unanswered. */
  readonly submitTimeoutMs: number;
  readonly clock: Clock;
  /** Keys for jobs without one. */
  readonly uniques: UniqueSeries;
  readonly duplex?: DuplexFactory;
}

export interface SubmitLinkHandlers {
  onConnected(): void;
  /** The server has accepted the oldest unanswered job. */
  onAccepted(): void;
  /** The last call, at most once; never after `close`. */
  onFailed(error: ClientError): void;
}

const MAX_BODY_BYTES = 1024 * 1024; // of an answer
const WRITE_BYTES = 64 * 1024;
const NO_ABORTED_ATTEMPT = new ClientError("CLOSED", "closed while connecting");
const NO_BYTES = Buffer.alloc(0);

/**
 * One connection to one server for background jobs only, without reconnecting. It starts two milliseconds earlier than a
 * `ClientConnection`, which matters to a program that sends one job and ends.
 */
export class SubmitLink {
  readonly #options: SubmitLinkOptions;
  readonly #handlers: SubmitLinkHandlers;
  readonly #attempt = new AbortController();
  readonly #writer: SubmitWriter;
  #link: Link | undefined;
  #timer: Timer | undefined; // of the attempt, then of the answers
  #unanswered = 0;
  #progressMs = 0; // of the last answer, or of the first job after a pause
  #ended = false;
  #flushing = false;
  #chunk: Buffer = NO_BYTES;
  #start = 0;
  #end = 0;

  /** Connects immediately. */
  constructor(server: ServerAddress, options: SubmitLinkOptions, handlers: SubmitLinkHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    this.#writer = new SubmitWriter(options.uniques);
    const { clock, connectTimeoutMs, duplex = dialTcp() } = options;
    this.#timer = clock.setTimeout(() => {
      this.#notConnected(new ClientError("TIMEOUT", `no connection within ${connectTimeoutMs} ms`));
    }, connectTimeoutMs);
    void dialSafely(duplex, server, this.#attempt.signal).then(
      (stream) => this.#connected(stream),
      (error: unknown) => this.#notConnected(error),
    );
  }

  /**
   * Sends a job; to be called only while connected. Jobs of one turn of the event loop leave in writes of up to 64 KiB.
   *
   * @param number of its unique key in the series, if it has none of its own
   */
  submit(job: BackgroundJob, number: number): void {
    const { function: name, unique = NO_BYTES, data, priority = "normal" } = job;
    const refused = this.#writer.write(backgroundTypes[priority], name, unique, data, number);
    if (refused !== undefined) {
      this.#fail(refused);
      return;
    }
    const { chunk, start, end } = this.#writer;
    if (chunk !== this.#chunk || start !== this.#end) {
      this.#flush();
      this.#chunk = chunk;
      this.#start = start;
    }
    this.#end = end;
    if (this.#end - this.#start >= WRITE_BYTES) this.#flush();
    this.#flushSoon();
    if (this.#unanswered === 0) this.#progressMs = this.#options.clock.monotonicMs();
    this.#unanswered++;
    if (this.#timer === undefined) this.#watch(this.#options.submitTimeoutMs);
  }

  /**
   * Ends immediately; unanswered jobs get no callback, and do not arrive any more if they have not yet.
   *
   * @returns what a program that ends may wait for, with TLS
   */
  close(): Promise<void> | undefined {
    if (this.#ended) return undefined;
    this.#ended = true;
    this.#disarm();
    this.#attempt.abort(NO_ABORTED_ATTEMPT);
    return this.#link?.destroy({ code: "CLOSED", text: "closed" }, this.#unanswered > 0);
  }

  #connected(stream: Duplex): void {
    if (this.#ended) {
      void closeStream(stream.on("error", () => undefined)); // closed meanwhile
      return;
    }
    this.#disarm();
    this.#link = new Link(stream, MAX_BODY_BYTES, {
      onPacket: (packet) => this.#take(packet),
      onJobCreated: () => this.#accepted(),
      onDrain: () => undefined,
      onEnd: ({ code, text, cause }) => {
        const why = code === "PROTOCOL" ? code : "CONNECTION_LOST";
        const before = why === "PROTOCOL" ? "" : "the connection ended before the answer: ";
        this.#fail(new ClientError(why, `${before}${text}`, { cause, phase: "submitting" }));
      },
    });
    this.#handlers.onConnected();
  }

  #notConnected(cause: unknown): void {
    const text = cause instanceof Error ? cause.message : String(cause);
    this.#fail(new ClientError("CONNECT_FAILED", text, { cause, phase: "connecting" }));
  }

  #take(packet: Packet): void {
    if (packet.name === "JOB_CREATED") this.#accepted();
    else if (packet.name === "ERROR") this.#fail(serverError("SERVER_ERROR", packet, "submitting"));
    else this.#unexpectedPacket(packet.name);
  }

  #accepted(): void {
    if (this.#ended) return;
    if (this.#unanswered === 0) {
      this.#unexpectedPacket("JOB_CREATED");
      return;
    }
    this.#unanswered--;
    this.#progressMs = this.#options.clock.monotonicMs();
    this.#handlers.onAccepted();
  }

  #unexpectedPacket(name: string): void {
    const text = `${name} is no answer to anything asked`;
    this.#fail(new ClientError("PROTOCOL", text, { phase: "submitting" }));
  }

  #fail(error: ClientError): void {
    if (this.#ended) return;
    void this.close();
    this.#handlers.onFailed(error);
  }

  /** One timer serves all jobs: it is rearmed if an answer arrived meanwhile. */
  #watch(ms: number): void {
    this.#timer = this.#options.clock.setTimeout(() => this.#checkProgress(), ms);
  }

  #checkProgress(): void {
    this.#timer = undefined;
    if (this.#unanswered === 0) return;
    const { clock, submitTimeoutMs } = this.#options;
    const leftMs = this.#progressMs + submitTimeoutMs - clock.monotonicMs();
    if (leftMs > 0) this.#watch(leftMs);
    else
      this.#fail(
        new ClientError("TIMEOUT", `no answer within ${submitTimeoutMs} ms`, { phase: "submitting" }),
      );
  }

  #disarm(): void {
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#end > this.#start) this.#link?.send(this.#chunk.subarray(this.#start, this.#end));
    this.#start = this.#end;
  }
}
