import { Fifo } from "@mod-gearman/base";
import type { Request } from "./request.ts";

/** Limits of a {@link RequestQueue}. */
export interface RequestLimits {
  /** Most requests sent and not answered. */
  readonly window: number;
  /** Most requests not sent. */
  readonly maxQueued: number;
  /** Most bytes of all requests that are not settled; one request of any size is always taken. */
  readonly maxHeldBytes: number;
}

/**
 * The requests of a client connection: first those that wait, then those that were sent, both in order. The times by
 * which those have to be sent and these to be answered never decrease along their row, because all requests have the
 * same time. Internal to the package.
 */
export class RequestQueue {
  readonly #limits: RequestLimits;
  readonly #waiting = new Fifo<Request>();
  readonly #sent = new Fifo<Request>();
  #heldBytes = 0;

  constructor(limits: RequestLimits) {
    this.#limits = limits;
  }

  /** Requests neither answered nor given up. */
  get length(): number {
    return this.#waiting.length + this.#sent.length;
  }

  /** Requests sent and not answered. */
  get sentLength(): number {
    return this.#sent.length;
  }

  /** Requests not sent. */
  get waitingLength(): number {
    return this.#waiting.length;
  }

  /** When the next request is overdue. */
  get deadlineMs(): number | undefined {
    const sentMs = this.#sent.first?.answerByMs;
    const waitingMs = this.#waiting.first?.deadlineMs;
    return sentMs === undefined || waitingMs === undefined
      ? (sentMs ?? waitingMs)
      : Math.min(sentMs, waitingMs);
  }

  /** How many more requests may wait here; 0 too when the bytes are used up. */
  get room(): number {
    if (this.length > 0 && this.#heldBytes >= this.#limits.maxHeldBytes) return 0;
    return Math.max(0, this.#limits.maxQueued - this.#waiting.length);
  }

  /** Whether half of the place for waiting requests, or more, is free again. */
  get isHalfFree(): boolean {
    const { maxQueued, maxHeldBytes } = this.#limits;
    return this.#waiting.length * 2 <= maxQueued && this.#heldBytes * 2 <= maxHeldBytes;
  }

  /** Whether a request of that many bytes may wait here. */
  hasRoom(bytes: number): boolean {
    if (this.#waiting.length >= this.#limits.maxQueued) return false;
    return this.length === 0 || this.#heldBytes + bytes <= this.#limits.maxHeldBytes;
  }

  add(request: Request): void {
    this.#heldBytes += request.heldBytes;
    this.#waiting.push(request);
  }

  /** A request that has been sent, or is so right now, without waiting. */
  addSent(request: Request, answerByMs: number): void {
    this.#heldBytes += request.heldBytes;
    request.answerByMs = answerByMs;
    this.#sent.push(request);
  }

  /** The request to send next, if the window has room for it. Cancelled ones are passed over. */
  get next(): Request | undefined {
    if (this.#sent.length >= this.#limits.window) return undefined;
    while (this.#waiting.first?.cancelled === true) this.#release(this.#waiting.shift());
    return this.#waiting.first;
  }

  /** The request `next` has been sent. */
  markSent(answerByMs: number): void {
    const request = this.#waiting.shift();
    if (request === undefined) return;
    request.answerByMs = answerByMs;
    this.#sent.push(request);
    request.forgetWire();
  }

  /** The request which the next answer belongs to; it leaves the queue. */
  takeAnswered(): Request | undefined {
    return this.#release(this.#sent.shift());
  }

  /** The connection ended: requests to repeat wait again, in front; the others leave the queue. */
  takeLost(): Request[] {
    const sent = this.#sent.takeAll();
    this.#waiting.unshiftAll(sent.filter((request) => request.resend));
    const lost = sent.filter((request) => !request.resend);
    for (const request of lost) this.#release(request);
    return lost;
  }

  /** Requests whose time is over at `nowMs`; they leave the queue. Answers to those sent are still to come. */
  takeOverdue(nowMs: number): { sent: Request[]; waiting: Request[] } {
    const take = (from: Fifo<Request>, time: "answerByMs" | "deadlineMs") => {
      const overdue: Request[] = [];
      while (from.first !== undefined && from.first[time] <= nowMs)
        overdue.push(this.#release(from.shift()) as Request);
      return overdue;
    };
    return { sent: take(this.#sent, "answerByMs"), waiting: take(this.#waiting, "deadlineMs") };
  }

  /** What was not sent leaves the queue. */
  takeWaiting(): Request[] {
    const waiting = this.#waiting.takeAll();
    for (const request of waiting) this.#release(request);
    return waiting;
  }

  /** Everything leaves the queue. */
  takeAll(): Request[] {
    const all = [...this.#sent.takeAll(), ...this.#waiting.takeAll()];
    this.#heldBytes = 0;
    return all;
  }

  #release(request: Request | undefined): Request | undefined {
    if (request !== undefined) this.#heldBytes -= request.heldBytes;
    return request;
  }
}
