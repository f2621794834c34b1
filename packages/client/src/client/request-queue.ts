import { Fifo } from "@mod-gearman/base";
import type { Request } from "./request.ts";

export interface RequestLimits {
  readonly window: number;
  readonly maxQueued: number;
  /** Maximum of bytes in unsettled requests; an empty queue accepts a request of any size. */
  readonly maxHeldBytes: number;
}

/**
 * The requests of a client connection: unsent and unanswered ones, both in order. Their deadlines never decrease along
 * the queue, because all requests have the same timeout. Internal to the package.
 */
export class RequestQueue {
  readonly #limits: RequestLimits;
  readonly #waiting = new Fifo<Request>();
  readonly #sent = new Fifo<Request>();
  #heldBytes = 0;

  constructor(limits: RequestLimits) {
    this.#limits = limits;
  }

  /** Sent and unsent requests. */
  get length(): number {
    return this.#waiting.length + this.#sent.length;
  }

  /** Sent but unanswered requests. */
  get sentLength(): number {
    return this.#sent.length;
  }

  get waitingLength(): number {
    return this.#waiting.length;
  }

  get deadlineMs(): number | undefined {
    const sentMs = this.#sent.first?.answerByMs;
    const waitingMs = this.#waiting.first?.deadlineMs;
    return sentMs === undefined || waitingMs === undefined
      ? (sentMs ?? waitingMs)
      : Math.min(sentMs, waitingMs);
  }

  /** Number of requests that may be added; 0 also if the bytes are used up. */
  get room(): number {
    if (this.length > 0 && this.#heldBytes >= this.#limits.maxHeldBytes) return 0;
    return Math.max(0, this.#limits.maxQueued - this.#waiting.length);
  }

  /** True while at most half of each limit is used. */
  get isHalfFree(): boolean {
    const { maxQueued, maxHeldBytes } = this.#limits;
    return this.#waiting.length * 2 <= maxQueued && this.#heldBytes * 2 <= maxHeldBytes;
  }

  hasRoom(bytes: number): boolean {
    if (this.#waiting.length >= this.#limits.maxQueued) return false;
    return this.length === 0 || this.#heldBytes + bytes <= this.#limits.maxHeldBytes;
  }

  add(request: Request): void {
    this.#heldBytes += request.heldBytes;
    this.#waiting.push(request);
  }

  addSent(request: Request, answerByMs: number): void {
    this.#heldBytes += request.heldBytes;
    request.answerByMs = answerByMs;
    this.#sent.push(request);
  }

  /** The request to send next, if the window has room for it. Removes cancelled ones. */
  get next(): Request | undefined {
    if (this.#sent.length >= this.#limits.window) return undefined;
    while (this.#waiting.first?.cancelled === true) this.#release(this.#waiting.shift());
    return this.#waiting.first;
  }

  markSent(answerByMs: number): void {
    const request = this.#waiting.shift();
    if (request === undefined) return;
    request.answerByMs = answerByMs;
    this.#sent.push(request);
    request.forgetWire();
  }

  takeAnswered(): Request | undefined {
    return this.#release(this.#sent.shift());
  }

  /** The connection ended: puts requests with `resend` back in front, removes and returns the others. */
  takeLost(): Request[] {
    const sent = this.#sent.takeAll();
    this.#waiting.unshiftAll(sent.filter((request) => request.resend));
    const lost = sent.filter((request) => !request.resend);
    for (const request of lost) this.#release(request);
    return lost;
  }

  /** Removes the requests that are overdue at `nowMs`. Answers to the sent ones may still arrive. */
  takeOverdue(nowMs: number): { sent: Request[]; waiting: Request[] } {
    const take = (from: Fifo<Request>, time: "answerByMs" | "deadlineMs") => {
      const overdue: Request[] = [];
      while (from.first !== undefined && from.first[time] <= nowMs)
        overdue.push(this.#release(from.shift()) as Request);
      return overdue;
    };
    return { sent: take(this.#sent, "answerByMs"), waiting: take(this.#waiting, "deadlineMs") };
  }

  takeWaiting(): Request[] {
    const waiting = this.#waiting.takeAll();
    for (const request of waiting) this.#release(request);
    return waiting;
  }

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
