import type { Duplex } from "node:stream";
import type { Clock, Timer } from "@mod-gearman/base";

import { MessageDecoder, MessageEncoder } from "./codec.ts";
import { LinkError } from "./errors.ts";
import { byeReason, type Message, PROTOCOL_VERSION } from "./fields.ts";

/** Sent by the shim when it connects. */
export type Hello = Message<"HELLO">;
export type CoreEvent = Message<
  "SERVICE_CHECK" | "HOST_CHECK" | "EVENT_HANDLER" | "NOTIFICATION" | "PERFDATA" | "EXPORT"
>;

const MIN_BEAT_MS = 100;
/** Time for the other side to read pending output before BYE. */
const GOODBYE_MS = 5000;
/** As {@link CoreLinkOptions}. */
export const LINK_LIMITS = {
  heartbeatMs: 5000,
  backlogBytes: 4 * 1024 * 1024,
  maxUnsentBytes: 64 * 1024 * 1024,
};
/** Output above this does not wait for the end of the turn. */
const WRITE_BYTES = 64 * 1024;

/** Called in the order of arrival; never after `onClose`. */
interface LinkHandlers {
  onHello(hello: Hello): void;
  onEvent(event: CoreEvent): void;
  onResultDone(seq: bigint): void;
  onWindow(window: number): void;
  /** The core's side has dropped so many records since it last said so. */
  onRecordsDropped(records: number): void;
  /** A check that the core waits for; without a name: these were all. */
  onUnderWay(check: Message<"CHECK_UNDER_WAY">): void;
  onBye(reason: number): void;
  /** The backlog has drained after {@link CoreLink.isWritable} was false. */
  onDrain(): void;
  onClose(why: string): void;
}

export interface CoreLinkOptions {
  readonly clock: Clock;
  readonly handlers: LinkHandlers;
  /** Own heartbeat in milliseconds; the smaller one of both sides applies. */
  readonly heartbeatMs: number;
  /** Limit of unsent bytes above which results are held back. */
  readonly backlogBytes: number;
  /** Limit of unsent bytes above which the shim counts as stuck and the connection is closed. */
  readonly maxUnsentBytes: number;
}

/** One connection from a shim: framing, order of the handshake, heartbeat (docs/bridge-protocol.md). */
export class CoreLink {
  readonly #socket: Duplex;
  readonly #options: CoreLinkOptions;
  readonly #decoder = new MessageDecoder();
  readonly #encoder = new MessageEncoder();
  #beatMs: number;
  #beat: Timer | undefined;
  #beatDueAt = 0;
  #goodbye: Timer | undefined;
  #flushAsked = false;
  readonly #later: (() => void)[] = [];
  #nextEvent = 1n;
  #heardAt: number;
  #sentAt: number;
  #greeted = false;
  #closed = false;
  #saidBye = false;

  constructor(socket: Duplex, options: CoreLinkOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#beatMs = options.heartbeatMs;
    this.#heardAt = this.#sentAt = options.clock.monotonicMs();
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("error", (error: Error) => this.close(error.message));
    socket.on("drain", () => {
      if (!this.#closed) options.handlers.onDrain();
    });
    socket.on("close", () => {
      if (this.#goodbye !== undefined) options.clock.clearTimeout(this.#goodbye);
      this.close("closed by the core");
    });
    socket.on("end", () => this.close("closed by the core"));
    this.#armBeat();
  }

  get open(): boolean {
    return !this.#closed;
  }

  /** The core has ended the conversation in good order: what it had handed over is ours alone now. */
  get saidBye(): boolean {
    return this.#saidBye;
  }

  /** True while unsent bytes are below the backlog limit: results may be sent. */
  get isWritable(): boolean {
    return !this.#closed && this.#unsentBytes < this.#options.backlogBytes;
  }

  /**
   * @returns false if the connection is closed, possibly by this call
   * @throws LinkError BODY_TOO_LARGE; RangeError for a number that does not fit its field; nothing is sent then
   */
  send(message: Message): boolean {
    if (this.#closed) return false;
    this.#encoder.add(message);
    if (this.#encoder.length >= WRITE_BYTES) this.#flush();
    else this.#flushSoon();
    this.#sentAt = this.#options.clock.monotonicMs();
    if (this.#unsentBytes > this.#options.maxUnsentBytes) this.close("the core does not read");
    return !this.#closed;
  }

  get #unsentBytes(): number {
    return this.#socket.writableLength + this.#encoder.length;
  }

  /** Calls `send` at the end of this iteration of the event loop; what it sends leaves with the rest. */
  sendLater(send: () => void): void {
    this.#later.push(send);
    this.#flushSoon();
  }

  /** All messages sent in one iteration of the event loop leave in one write. */
  #flushSoon(): void {
    if (this.#flushAsked) return;
    this.#flushAsked = true;
    setImmediate(() => {
      for (const send of this.#later.splice(0)) send();
      this.#flushAsked = false;
      if (!this.#closed) this.#flush();
    });
  }

  #flush(): void {
    if (this.#encoder.length > 0) this.#socket.write(this.#encoder.take());
  }

  /** Sends BYE with the reason, then closes; a peer that does not read the rest is disconnected. */
  bye(reason: keyof typeof byeReason, why: string): void {
    this.send({ name: "BYE", reason: byeReason[reason] });
    this.#finish(why, () => {
      this.#flush();
      this.#socket.end();
      this.#goodbye = this.#options.clock.setTimeout(() => this.#socket.destroy(), GOODBYE_MS);
    });
  }

  close(why: string): void {
    this.#finish(why, () => this.#socket.destroy());
  }

  #finish(why: string, shut: () => void): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#beat !== undefined) this.#options.clock.clearTimeout(this.#beat);
    shut();
    this.#options.handlers.onClose(why);
  }

  #receive(chunk: Buffer): void {
    if (this.#closed) return;
    this.#heardAt = this.#options.clock.monotonicMs();
    let messages: Message[];
    try {
      messages = this.#decoder.push(chunk);
    } catch (error) {
      this.bye("protocol", error instanceof LinkError ? error.message : String(error));
      return;
    }
    for (const message of messages) {
      if (this.#closed) return;
      this.#take(message);
    }
  }

  #take(message: Message): void {
    if (!this.#greeted && message.name !== "HELLO") {
      this.bye("protocol", `${message.name} before HELLO`);
      return;
    }
    const { handlers } = this.#options;
    switch (message.name) {
      case "HELLO":
        this.#greet(message);
        return;
      case "PING":
        this.send({ name: "PONG" });
        return;
      case "PONG":
        return;
      case "SERVICE_CHECK":
      case "HOST_CHECK":
      case "EVENT_HANDLER":
      case "NOTIFICATION":
      case "PERFDATA":
      case "EXPORT":
        this.#takeEvent(message);
        return;
      case "RESULT_DONE":
        handlers.onResultDone(message.seq);
        return;
      case "WINDOW":
        handlers.onWindow(message.window);
        return;
      case "RECORDS_DROPPED":
        handlers.onRecordsDropped(Number(message.records));
        return;
      case "CHECK_UNDER_WAY":
        handlers.onUnderWay(message);
        return;
      case "BYE":
        this.#saidBye = true;
        handlers.onBye(message.reason);
        this.close("the core said goodbye");
        return;
      default:
        this.bye("protocol", `${message.name} is not the core's to send`);
    }
  }

  /** Answers contain event numbers, so a gap would leave later events unanswered. */
  #takeEvent(event: CoreEvent): void {
    if (event.seq !== this.#nextEvent) {
      this.bye("protocol", `event ${event.seq} instead of ${this.#nextEvent}`);
      return;
    }
    this.#nextEvent += 1n;
    this.#options.handlers.onEvent(event);
  }

  #greet(hello: Hello): void {
    if (this.#greeted) {
      this.bye("protocol", "a second HELLO");
      return;
    }
    if (hello.version !== PROTOCOL_VERSION) {
      this.bye("protocol", `protocol version ${hello.version}, this bridge speaks ${PROTOCOL_VERSION}`);
      return;
    }
    this.#greeted = true;
    if (hello.heartbeat_ms > 0)
      this.#beatMs = Math.max(MIN_BEAT_MS, Math.min(this.#beatMs, hello.heartbeat_ms));
    this.#armBeat();
    this.#options.handlers.onHello(hello);
  }

  #armBeat(): void {
    const { clock } = this.#options;
    if (this.#beat !== undefined) clock.clearTimeout(this.#beat);
    this.#beatDueAt = clock.monotonicMs() + this.#beatMs;
    this.#beat = clock.setTimeout(() => this.#onBeat(), this.#beatMs);
  }

  #onBeat(): void {
    const now = this.#options.clock.monotonicMs();
    // A late timer means that this process was stopped: input from the core has not been read yet.
    const stoodStill = now - this.#beatDueAt >= this.#beatMs;
    if (!stoodStill && now - this.#heardAt >= 3 * this.#beatMs) {
      this.close(`silent for ${now - this.#heardAt} ms`);
      return;
    }
    if (this.#greeted && now - this.#sentAt >= this.#beatMs) this.send({ name: "PING" });
    if (!this.#closed) this.#armBeat();
  }
}
