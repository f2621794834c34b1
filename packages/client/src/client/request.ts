import type { ServerAddress } from "@mod-gearman/base";
import type { Packet } from "@mod-gearman/protocol";
import type { ClientError } from "../connection/errors.ts";
import { serverError } from "../connection/server-error.ts";
import type { SubmitOutcome } from "./submit-outcome.ts";

/** Bytes `start` to `end` of `chunk` are the packet of a request; they do not change until it is sent. */
export interface WireRange {
  readonly chunk: Buffer;
  readonly start: number;
  readonly end: number;
}

const NO_BYTES = Buffer.alloc(0);

/**
 * A packet of a client that the server answers with exactly one packet. Settles once. Created by the hundred thousand:
 * no closures, no copies. Internal to the package.
 */
export abstract class Request {
  /** Whether to resend it if the connection ended before the answer. */
  readonly resend: boolean;
  /** Latest time for sending it, on the clock of the connection. */
  readonly deadlineMs: number;
  /** Latest time for its answer, set when it is sent: waiting for a connection does not shorten it. */
  answerByMs = Number.POSITIVE_INFINITY;
  /** Bytes counted against the limit of the connection until it is settled. */
  readonly heldBytes: number;
  /** The packet; see {@link WireRange}. Empty after `forgetWire`. */
  chunk: Buffer;
  readonly start: number;
  readonly end: number;
  /** The caller has been answered already: it is not sent, and its answer is ignored. */
  cancelled = false;

  constructor(wire: WireRange, deadlineMs: number, resend: boolean) {
    this.chunk = wire.chunk;
    this.start = wire.start;
    this.end = wire.end;
    this.heldBytes = wire.end - wire.start;
    this.deadlineMs = deadlineMs;
    this.resend = resend;
  }

  /** Releases the bytes of a packet that was sent and will not be resent. */
  forgetWire(): void {
    if (!this.resend) this.chunk = NO_BYTES;
  }

  /** Settles it with a packet. @returns false if the packet is not an answer to it */
  settle(packet: Packet, server: ServerAddress): boolean {
    if (packet.name === "ERROR") {
      this.fail(serverError("SERVER_ERROR", packet, "submitting"));
      return true;
    }
    if (packet.name === "JOB_CREATED") return this.created(packet.handle, 0, packet.handle.length, server);
    return this.answered(packet, server);
  }

  /** Takes JOB_CREATED, whose handle is bytes `start` to `end` of `bytes`, a view. @returns false if not an answer to it */
  abstract created(bytes: Buffer, start: number, end: number, server: ServerAddress): boolean;
  /** Takes another packet. @returns false if not an answer to it */
  abstract answered(packet: Packet, server: ServerAddress): boolean;
  abstract fail(error: ClientError): void;
}

/** A background job that reports by callback whether the server has it. Internal. */
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

/** A background job whose caller learns handle and server. Internal. */
export class TrackedSubmit extends Request {
  readonly #outcome: SubmitOutcome;

  constructor(wire: WireRange, deadlineMs: number, resend: boolean, outcome: SubmitOutcome) {
    super(wire, deadlineMs, resend);
    this.#outcome = outcome;
  }

  created(bytes: Buffer, start: number, end: number, server: ServerAddress): boolean {
    this.#outcome.accepted(bytes, start, end, server);
    return true;
  }

  answered(): boolean {
    return false;
  }

  fail(error: ClientError): void {
    this.#outcome.refused(error);
  }
}

/** OPTION_REQ, sent on behalf of the connection. Internal. Source: job-server.md 1.2. */
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

/** A request with a promise of its answer. Internal. */
export class Question<T> extends Request {
  readonly #read: (answer: Packet, server: ServerAddress) => T | undefined;
  readonly #promise: PromiseWithResolvers<T> = Promise.withResolvers<T>();

  /** @param read returns undefined for a packet that is not an answer to this request */
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
