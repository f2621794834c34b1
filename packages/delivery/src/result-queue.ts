import { type Clock, Fifo, type Logger, type Timer } from "@mod-gearman/base";
import { rateLimited } from "@mod-gearman/observe";
import type { OutgoingResult } from "./outgoing-result.ts";
import { isPermanent, type SubmitError, type Submitter } from "./submitter.ts";

/** Limits of a result queue that a reload may change. */
export interface ResultQueueLimits {
  /** Unacknowledged results included. */
  readonly maxResults: number;
  /** Maximum of unacknowledged results. */
  readonly window: number;
}

export interface ResultQueueOptions extends ResultQueueLimits {
  /** Address of the dup server for log lines; empty for the main queue. */
  readonly name: string;
  readonly submitter: Submitter;
  /** Most bytes held; an empty queue accepts a result of any size. Default 64 MiB. */
  readonly maxBytes?: number;
  readonly retryEveryMs: number;
  /** Counted from the first failure of a result; absent: retried until it succeeds. */
  readonly giveUpAfterMs?: number;
  /** Keeps a result that could not be sent elsewhere, so that it leaves this queue. @returns false if it cannot */
  readonly spill?: (result: OutgoingResult) => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Called with true once the queue or the spool has the result, with false if the queue was closed first. */
export type OnAccepted = (isAccepted: boolean) => void;

interface Item {
  readonly result: OutgoingResult;
  firstFailureMs: number | undefined;
  warned: boolean;
}

const WARN_AFTER_MS = 30_000;
const LOG_EVERY_MS = 60_000;
const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;

/**
 * Bounded queue of results with retries. A result leaves it when a server has accepted it, when `spill` has, or, where
 * there is a limit, when it has failed for too long. Source: worker.md 4.8 (main queue), 4.9 (dup servers).
 */
export class ResultQueue {
  readonly #options: ResultQueueOptions;
  #limits: ResultQueueLimits;
  readonly #ready = new Fifo<Item>();
  #failed: Item[] = [];
  readonly #onWire = new Set<Item>();
  #bytes = 0;
  #timer: Timer | undefined;
  #closed = false;
  #isPumping = false;
  readonly #waiting = new Fifo<{ result: OutgoingResult; onAccepted: OnAccepted }>();
  #onDrained: (() => void)[] = [];
  readonly #warn: (text: string) => void;
  readonly #warnFull: (text: string) => void;
  readonly #error: (text: string) => void;
  /** Accepted by a server. */
  sent = 0;
  dropped = 0;

  constructor(options: ResultQueueOptions) {
    this.#options = options;
    this.#limits = options;
    const limited = (log: (text: string) => void) =>
      rateLimited(log, LOG_EVERY_MS, () => options.clock.monotonicMs());
    this.#warn = limited((text) => options.logger.warn(text));
    this.#warnFull = limited((text) => options.logger.warn(text));
    this.#error = limited((text) => options.logger.error(text));
  }

  get size(): number {
    return this.#ready.length + this.#failed.length + this.#onWire.size;
  }

  /** Accepts the result or, if the queue is full, drops and counts it. */
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

  /** Accepts the result once the queue has capacity, perhaps before this returns. */
  put(result: OutgoingResult, onAccepted: OnAccepted): void {
    if (this.#closed) onAccepted(false);
    else if (this.#waiting.length > 0 || !this.#hasRoom(result)) this.#waiting.push({ result, onAccepted });
    else {
      this.#take(result);
      onAccepted(true);
    }
  }

  /** Held results are kept, also those above the new limits. */
  setLimits(limits: ResultQueueLimits): void {
    this.#limits = limits;
    this.#acceptWaiting();
    this.#pump();
  }

  /** Sends failed results immediately, before the end of the pause. */
  retryNow(): void {
    if (this.#timer === undefined) return;
    this.#options.clock.clearTimeout(this.#timer);
    this.#retry();
  }

  async drained(): Promise<void> {
    if (this.size > 0) await new Promise<void>((resolve) => this.#onDrained.push(resolve));
  }

  /** Spills the remaining results, or drops and counts them; closes the connection. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const before = this.dropped;
    for (const item of [...this.#failed.splice(0), ...this.#ready.takeAll()]) this.#spillOrDrop(item);
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer);
    for (const { onAccepted } of this.#waiting.takeAll()) onAccepted(false);
    this.#acceptWaiting();
    await this.#options.submitter.close(); // settles unacknowledged results
    const lost = this.dropped - before;
    if (lost > 0) this.#options.logger.error(`${lost} results${this.#target()} were not delivered`);
  }

  /** For a crash of the process: spills everything, results on the wire included. */
  salvage(): void {
    this.#closed = true;
    const items = [...this.#failed.splice(0), ...this.#onWire, ...this.#ready.takeAll()];
    for (const { result } of items) this.#options.spill?.(result);
  }

  #spillOrDrop({ result }: Item): void {
    if (this.#options.spill?.(result) !== true) this.dropped++;
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
    if (this.#isPumping) return; // an answer came before the call returned
    this.#isPumping = true;
    while (!this.#closed && this.#onWire.size < this.#limits.window) {
      const item = this.#ready.shift();
      if (item === undefined) break;
      this.#onWire.add(item);
      this.#options.submitter.enqueueBackground(item.result, (error) => this.#settled(item, error));
    }
    this.#isPumping = false;
  }

  #settled(item: Item, error: SubmitError | undefined): void {
    this.#onWire.delete(item);
    if (error === undefined) this.sent++;
    else if (this.#closed) this.#spillOrDrop(item);
    else if (this.#options.spill?.(item.result) !== true && this.#mayRetry(item, error)) return;
    this.#bytes -= item.result.data.length;
    this.#acceptWaiting();
    this.#pump();
  }

  /** @returns whether the result stays for another attempt; otherwise it was dropped and counted */
  #mayRetry(item: Item, error: SubmitError): boolean {
    const { clock, giveUpAfterMs = Number.POSITIVE_INFINITY } = this.#options;
    item.firstFailureMs ??= clock.monotonicMs();
    const sinceMs = clock.monotonicMs() - item.firstFailureMs;
    if (sinceMs >= giveUpAfterMs || isPermanent(error)) {
      this.dropped++;
      this.#error(`failed to send back result: ${error.message}`);
      return false;
    }
    if (sinceMs >= WARN_AFTER_MS && !item.warned) {
      item.warned = true;
      const hint = `will continue to retry${Number.isFinite(giveUpAfterMs) ? " for 2 minutes" : ""}`;
      this.#warn(`failed to send back result${this.#target()}, ${hint}: ${error.message}`);
    }
    this.#failed.push(item);
    this.#timer ??= clock.setTimeout(() => this.#retry(), this.#options.retryEveryMs);
    return true;
  }

  #retry(): void {
    this.#timer = undefined;
    this.#ready.unshiftAll(this.#failed.splice(0));
    this.#pump();
  }

  #acceptWaiting(): void {
    for (let next = this.#waiting.first; next !== undefined && !this.#closed; next = this.#waiting.first) {
      if (!this.#hasRoom(next.result)) break;
      this.#waiting.shift();
      this.#take(next.result);
      next.onAccepted(true);
    }
    if (this.size === 0 || this.#closed) for (const resolve of this.#onDrained.splice(0)) resolve();
  }
}
