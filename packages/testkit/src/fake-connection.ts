import type { Duplex } from "node:stream";
import {
  decodePacket,
  encodePacket,
  type Frame,
  isTextLine,
  MixedDecoder,
  type Packet,
  type PacketName,
} from "@mod-gearman/protocol";
import { TestkitError } from "./errors.ts";

/** Reaction of a script to a packet or, for the admin protocol, to a text line (latin1). */
export interface FakeScript {
  onPacket?(packet: Packet, connection: FakeConnection): void;
  onLine?(line: string, connection: FakeConnection): void;
  onConnect?(connection: FakeConnection): void;
}

interface Waiter {
  readonly name: PacketName;
  readonly resolve: (packet: Packet) => void;
  readonly reject: (error: Error) => void;
}

const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** The server's end of one connection to a {@link FakeJobServer}. Records all input, answers as its script says. */
export class FakeConnection {
  /** Oldest first. */
  readonly received: Packet[] = [];
  /** Oldest first, latin1. */
  readonly lines: string[] = [];
  /** Settles when either end has ended or destroyed the connection. */
  readonly closed: Promise<void>;
  readonly #stream: Duplex;
  readonly #script: FakeScript;
  readonly #decoder = new MixedDecoder(MAX_BODY_BYTES);
  #unread: Packet[] = [];
  #waiters: Waiter[] = [];
  #isClosed = false;

  constructor(stream: Duplex, script: FakeScript) {
    this.#stream = stream;
    this.#script = script;
    this.closed = new Promise((resolve) => {
      const ended = () => {
        this.#isClosed = true;
        for (const waiter of this.#waiters.splice(0)) waiter.reject(closedError(waiter.name));
        resolve();
      };
      stream.once("end", ended).once("close", ended);
    });
    stream.on("error", () => stream.destroy()); // "close" follows
    stream.on("data", (chunk: Buffer) => this.#take(chunk));
    script.onConnect?.(this);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get names(): PacketName[] {
    return this.received.map((packet) => packet.name);
  }

  /**
   * The next packet called `name` that was not returned by `next` yet; packets of other names are kept for later calls.
   *
   * @throws TestkitError CLOSED if the connection ends first
   */
  next<N extends PacketName>(name: N): Promise<Packet & { name: N }> {
    const at = this.#unread.findIndex((packet) => packet.name === name);
    if (at !== -1) return Promise.resolve(this.#unread.splice(at, 1)[0] as Packet & { name: N });
    if (this.#isClosed) return Promise.reject(closedError(name));
    return new Promise((resolve, reject) => {
      this.#waiters.push({ name, resolve: resolve as (packet: Packet) => void, reject });
    });
  }

  /** Sends packets as a server does, in one write. */
  send(...packets: Packet[]): void {
    this.sendBytes(Buffer.concat(packets.map((packet) => encodePacket("RES", packet))));
  }

  /** `bytes` may be a part of a packet. */
  sendBytes(bytes: Buffer): void {
    if (!this.#stream.destroyed && this.#stream.writable) this.#stream.write(bytes);
  }

  /** Stops or resumes reading, so that the other end's output accumulates. */
  stall(stalled: boolean): void {
    if (stalled) this.#stream.pause();
    else this.#stream.resume();
  }

  /** Closes gracefully: the other end gets the end of the stream. */
  end(): void {
    this.#stream.end();
  }

  /** Closes like a crash: the other end gets ECONNRESET. */
  destroy(): void {
    this.#stream.destroy(new Error("destroyed by the test"));
  }

  #take(chunk: Buffer): void {
    for (const message of this.#decoder.push(chunk)) {
      if (isTextLine(message)) {
        const line = message.line.toString("latin1");
        this.lines.push(line);
        this.#script.onLine?.(line, this);
      } else {
        this.#takeFrame(message);
      }
    }
  }

  #takeFrame(frame: Frame): void {
    const packet = decodePacket(frame);
    this.received.push(packet);
    const at = this.#waiters.findIndex((waiter) => waiter.name === packet.name);
    if (at === -1) this.#unread.push(packet);
    else this.#waiters.splice(at, 1)[0]?.resolve(packet);
    this.#script.onPacket?.(packet, this);
  }
}

function closedError(name: string): TestkitError {
  return new TestkitError("CLOSED", `the connection ended before a packet ${name}`);
}
