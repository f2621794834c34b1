import type { ServerAddress } from "@mod-gearman/base";
import type { Packet } from "@mod-gearman/protocol";
import { ClientError } from "./errors.ts";

/** Where the packet of a request is: bytes `start` to `end` of `chunk`, never changed as long as it waits. */
export interface WireRange {
  readonly chunk: Buffer;
  readonly start: number;
  readonly end: number;
}

const NO_BYTES = Buffer.alloc(0);

/**
 * One packet of a client that the server answers with exactly one packet. Settles once. Made by the hundred
 * thousand: no closures, no copies. Internal to the package.
 */
export abstract class Request {
  /** Whether to send it once more when the connection ended before the answer. */
  readonly resend: boolean;
  /** Until when it must be sent, on the clock of the connection. */
  readonly deadlineMs: number;
  /** Until when it must be answered, once it has been sent: a server has its whole time, however long it took to reach one. */
  answerByMs = Number.POSITIVE_INFINITY;
  /** Bytes counted against the limit of the connection until the request is settled. */
  readonly heldBytes: number;
  /** The packet; see {@link WireRange}. Empty after `forgetWire`. */
  chunk: Buffer;
  readonly start: number;
  readonly end: number;
  /** Nobody waits for it any more: not to be sent, and an answer is of no interest. */
  cancelled = false;

  constructor(wire: WireRange, deadlineMs: number, resend: boolean) {
    this.chunk = wire.chunk;
    this.start = wire.start;
    this.end = wire.end;
    this.heldBytes = wire.end - wire.start;
    this.deadlineMs = deadlineMs;
    this.resend = resend;
  }

  /** It has been sent and will not be sent again: let go of the bytes. */
  forgetWire(): void {
    if (!this.resend) this.chunk = NO_BYTES;
  }

  /** Settle with the packet that came; false when this packet is no answer to it. */
  settle(packet: Packet, server: ServerAddress): boolean {
    if (packet.name === "ERROR") {
      this.fail(serverError(packet.code, packet.text));
      return true;
    }
    if (packet.name === "JOB_CREATED") return this.created(packet.handle, 0, packet.handle.length, server);
    return this.answered(packet, server);
  }

  /** JOB_CREATED came with the handle in bytes `start` to `end` of `bytes`, a view; false: no answer to it. */
  abstract created(bytes: Buffer, start: number, end: number, server: ServerAddress): boolean;
  /** Another packet came; false: no answer to it. */
  abstract answered(packet: Packet, server: ServerAddress): boolean;
  abstract fail(error: ClientError): void;
}

/** A job whose submitter wants to know no more than whether the server has it. Internal. */
export class BulkSubmit extends Request {
  readonly #settled: (error: ClientError | undefined) => void;

  constructor(
    wire: WireRange,
    deadlineMs: number,
    resend: boolean,
    settled: (error: ClientError | undefined) => void,
  ) {
    super(wire, deadlineMs, resend);
    this.#settled = settled;
  }

  created(): boolean {
    this.#settled(undefined);
    return true;
  }

  answered(): boolean {
    return false;
  }

  fail(error: ClientError): void {
    this.#settled(error);
  }
}

/** OPTION_REQ; asked by the connection for itself. Internal. Source: job-server.md 1.2. */
export class OptionRequest extends Request {
  readonly #onRefused: (error: ClientError) => void;

  constructor(wire: WireRange, deadlineMs: number, onRefused: (error: ClientError) => void) {
    super(wire, deadlineMs, false);
    this.#onRefused = onRefused;
  }

  created(): boolean {
    return false;
  }

  answered(packet: Packet): boolean {
    this.cancelled = true;
    return packet.name === "OPTION_RES";
  }

  fail(error: ClientError): void {
    this.cancelled = true;
    this.#onRefused(error);
  }
}

/** A request whose answer is read by a function and given to a promise. Internal. */
export class Question<T> extends Request {
  readonly #read: (answer: Packet, server: ServerAddress) => T | undefined;
  readonly #promise: PromiseWithResolvers<T> = Promise.withResolvers<T>();

  /** @param read gives undefined for a packet that is no answer to this request */
  constructor(
    wire: WireRange,
    deadlineMs: number,
    resend: boolean,
    read: (answer: Packet, server: ServerAddress) => T | undefined,
  ) {
    super(wire, deadlineMs, resend);
    this.#read = read;
  }

  get promise(): Promise<T> {
    return this.#promise.promise;
  }

  created(bytes: Buffer, start: number, end: number, server: ServerAddress): boolean {
    return this.#take({ name: "JOB_CREATED", handle: bytes.subarray(start, end) }, server);
  }

  answered(packet: Packet, server: ServerAddress): boolean {
    return this.#take(packet, server);
  }

  fail(error: ClientError): void {
    this.#promise.reject(error);
  }

  #take(packet: Packet, server: ServerAddress): boolean {
    const answer = this.#read(packet, server);
    if (answer === undefined) return false;
    this.#promise.resolve(answer);
    return true;
  }
}

function serverError(code: Buffer, text: Buffer): ClientError {
  const serverCode = code.toString("latin1");
  const serverText = text.toString("latin1");
  const details = { serverCode, serverText, phase: "submitting" } as const;
  return new ClientError("SERVER_ERROR", `job server answered ${serverCode}: ${serverText}`, details);
}
