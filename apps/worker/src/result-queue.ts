import { type Logger, rateLimited } from "@mod-gearman/observe";

/** A result on its way. */
export interface OutgoingResult {
  readonly function: Buffer;
  /** New for each result: the same one makes servers drop a repeated delivery, not two different results. */
  readonly unique: Buffer;
  readonly data: Buffer;
}

/** The part of a client connection that delivers. */
export interface Submitter {
  submitBackground(job: OutgoingResult): Promise<unknown>;
  close(): Promise<void>;
}

/** The part of a clock that the queue needs; milliseconds. */
export interface QueueClock {
  now(): number;
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(timer: never): void;
}

/** Limits of a result queue that a reload may change. */
export interface ResultQueueLimits {
  /** Results held, those on the wire included. */
  readonly maxResults: number;
  /** Results on the wire without an answer. */
  readonly window: number;
}

/** Limits and collaborators of a result queue. */
export interface ResultQueueOptions extends ResultQueueLimits {
  /** Address of the dup server for log lines; empty for the main queue. */
  readonly name: string;
  readonly submitter: Submitter;
  /** Bytes held; one result always fits into an empty queue. */
  readonly maxBytes?: number;
  readonly retryEveryMs: number;
  /** From the first failure of a result; absent: never give up. */
  readonly giveUpAfterMs?: number;
  readonly clock: QueueClock;
  readonly logger: Logger;
}

interface Item {
  readonly result: OutgoingResult;
  firstFailureMs: number | undefined;
  warned: boolean;
}

const WARN_AFTER_MS = 30_000;
const LOG_EVERY_MS = 60_000;
const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;

/**
 * Bounded queue of results with retries. A result leaves it when a server has taken it or, where there is a
 * limit, when it has failed for too long. Source: worker specification 4.8 (main queue), 4.9 (dup servers).
 */
export class ResultQueue {
  readonly #options: ResultQueueOptions;
  #submitter: Submitter;
  #limits: ResultQueueLimits;
  #ready: Item[] = [];
  #failed: Item[] = [];
  #onWire = 0;
  #bytes = 0;
  #timer: unknown;
  #closed = false;
  #waiting: (() => void)[] = [];
  #drained: (() => void)[] = [];
  readonly #warn: (text: string) => void;
  readonly #warnFull: (text: string) => void;
  readonly #error: (text: string) => void;
  /** Results that a server has taken, and those that were lost. */
  sent = 0;
  dropped = 0;

  constructor(options: ResultQueueOptions) {
    this.#options = options;
    this.#submitter = options.submitter;
    this.#limits = options;
    const limited = (log: (text: string) => void) =>
      rateLimited(log, LOG_EVERY_MS, () => options.clock.now());
    this.#warn = limited((text) => options.logger.warn(text));
    this.#warnFull = limited((text) => options.logger.warn(text));
    this.#error = limited((text) => options.logger.error(text));
  }

  /** Results held. */
  get size(): number {
    return this.#ready.length + this.#failed.length + this.#onWire;
  }

  /** Takes the result or, when there is no room, drops and counts it. */
  offer(result: OutgoingResult): boolean {
    if (this.#closed || !this.#hasRoom(result)) {
      this.dropped++;
      const text = `channel is at capacity (${this.#limits.maxResults}), dropping message (to dupserver): ${this.#options.name}`;
      this.#options.logger.debug(text);
      this.#warnFull(text);
      return false;
    }
    this.#take(result);
    return true;
  }

  /** Takes the result as soon as there is room; after `close` it is dropped. */
  async put(result: OutgoingResult): Promise<void> {
    while (!this.#closed && !this.#hasRoom(result)) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    if (this.#closed) this.dropped++;
    else this.#take(result);
  }

  /** Deliver through another connection from now on; returns the old one. */
  replaceSubmitter(submitter: Submitter): Submitter {
    const old = this.#submitter;
    this.#submitter = submitter;
    return old;
  }

  /** Follows new limits; what is held already stays. */
  setLimits(limits: ResultQueueLimits): void {
    this.#limits = limits;
    this.#wake();
    this.#pump();
  }

  /** Resolves when nothing is held any more. */
  async drained(): Promise<void> {
    if (this.size > 0) await new Promise<void>((resolve) => this.#drained.push(resolve));
  }

  /** Drops and counts what is left, closes the connection. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.size > 0) {
      this.dropped += this.size;
      this.#options.logger.error(`${this.size} results${this.#target()} were not delivered`);
    }
    this.#ready = [];
    this.#failed = [];
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer as never);
    this.#wake();
    await this.#submitter.close();
  }

  #target(): string {
    return this.#options.name === "" ? "" : ` to dupserver ${this.#options.name}`;
  }

  #hasRoom(result: OutgoingResult): boolean {
    const maxBytes = this.#options.maxBytes ?? DEFAULT_MAX_BYTES;
    if (this.size === 0) return true;
    return this.size < this.#limits.maxResults && this.#bytes + result.data.length <= maxBytes;
  }

  #take(result: OutgoingResult): void {
    this.#bytes += result.data.length;
    this.#ready.push({ result, firstFailureMs: undefined, warned: false });
    this.#pump();
  }

  #pump(): void {
    while (!this.#closed && this.#onWire < this.#limits.window) {
      const item = this.#ready.shift();
      if (item === undefined) return;
      this.#onWire++;
      this.#deliver(item).catch((error: unknown) => this.#options.logger.error(`result queue: ${error}`));
    }
  }

  async #deliver(item: Item): Promise<void> {
    let failure: unknown;
    try {
      await this.#submitter.submitBackground(item.result);
    } catch (error) {
      failure = error;
    }
    this.#onWire--;
    if (this.#closed) return;
    if (failure === undefined) {
      this.sent++;
      this.#forget(item);
    } else this.#onFailure(item, failure);
    this.#pump();
  }

  #onFailure(item: Item, failure: unknown): void {
    const { clock, giveUpAfterMs = Number.POSITIVE_INFINITY } = this.#options;
    const reason = failure instanceof Error ? failure.message : String(failure);
    item.firstFailureMs ??= clock.now();
    const sinceMs = clock.now() - item.firstFailureMs;
    if (sinceMs >= giveUpAfterMs || isPermanent(failure)) {
      this.dropped++;
      this.#error(`failed to send back result: ${reason}`);
      this.#forget(item);
      return;
    }
    if (sinceMs >= WARN_AFTER_MS && !item.warned) {
      item.warned = true;
      const hint = `will continue to retry${Number.isFinite(giveUpAfterMs) ? " for 2 minutes" : ""}`;
      this.#warn(`failed to send back result${this.#target()}, ${hint}: ${reason}`);
    }
    this.#failed.push(item);
    this.#timer ??= clock.setTimeout(() => this.#retry(), this.#options.retryEveryMs);
  }

  #retry(): void {
    this.#timer = undefined;
    this.#ready.unshift(...this.#failed);
    this.#failed = [];
    this.#pump();
  }

  #forget(item: Item): void {
    this.#bytes -= item.result.data.length;
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
    if (this.size === 0 || this.#closed) for (const resolve of this.#drained.splice(0)) resolve();
  }
}

/** The result itself cannot be sent, e.g. because of a NUL byte in the name of its queue. */
function isPermanent(failure: unknown): boolean {
  return (failure as { code?: unknown } | undefined)?.code === "BAD_ARGUMENT";
}
