import type { Clock, Logger, Timer } from "@mod-gearman/base";
import { decodeJobRecord, encodeJobRecord } from "@mod-gearman/delivery";
import { rateLimited } from "@mod-gearman/observe";
import type { Spool, SpooledRecord } from "@mod-gearman/spool";
import type { OutgoingResult } from "./outgoing-result.ts";
import { isPermanent } from "./result-queue.ts";
import type { SubmitError, Submitter } from "./submitter.ts";

/** The part of a spool that is used here. */
export type ResultSpool = Pick<
  Spool,
  "append" | "hasRoom" | "resize" | "peek" | "acknowledge" | "close" | "length" | "bytes" | "dropped"
>;

interface SpooledResultsOptions {
  readonly spool: ResultSpool;
  readonly submitter: Submitter;
  readonly clock: Clock;
  readonly logger: Logger;
}

const WINDOW = 256;
const WINDOW_BYTES = 16 * 1024 * 1024;
const RETRY_EVERY_MS = 1000;
const LOG_EVERY_MS = 60_000;
/** A result that was refused so often, while the server took others, is never going to be taken. */
const MAX_REFUSALS = 5;

/**
 * Sends the results of a spool in their order, as soon and as long as a job server takes them. A result is removed
 * when a server has said that it holds it; one that was on the wire when the connection or this process ended is sent
 * again (at least once).
 */
export class SpooledResults {
  readonly #options: SpooledResultsOptions;
  #spool: ResultSpool;
  /** Ids are those of one spool. */
  #generation = 0;
  #onWire = 0;
  #wireBytes = 0;
  #lastId = -1;
  /** Something was refused: nothing more is sent until all answers are there and a pause is over. */
  #failed = false;
  /** What is left in the spool cannot be read at the moment. */
  #isStuck = false;
  #isSending = false;
  #timer: Timer | undefined;
  #closed = false;
  #drained: (() => void)[] = [];
  readonly #refusals = new Map<number, { count: number; sentBefore: number }>();
  readonly #warn: (text: string) => void;
  /** Results that a server has taken, and those given up. */
  sent = 0;
  dropped = 0;

  constructor(options: SpooledResultsOptions) {
    this.#options = options;
    this.#spool = options.spool;
    this.#warn = rateLimited(
      (text) => options.logger.warn(text),
      LOG_EVERY_MS,
      () => options.clock.monotonicMs(),
    );
  }

  /** Results in the spool. */
  get length(): number {
    return this.#spool.length;
  }

  get bytes(): number {
    return this.#spool.bytes;
  }

  /** Records that the disk damaged. */
  get lost(): number {
    return this.#spool.dropped;
  }

  /** Whether the spool has the result now. */
  keep(result: OutgoingResult): boolean {
    const record = encodeJobRecord(result);
    if (!this.#spool.hasRoom(record.length)) {
      this.#warn("the result spool is full, results wait in memory");
      return false;
    }
    const isKept = this.#spool.append(record);
    if (isKept && !this.#closed) this.send();
    return isKept;
  }

  /** Sends what there is, if a server is there. To be called after each connect, too. */
  send(): void {
    if (this.#isSending) return; // an answer came before the call returned
    this.#isSending = true;
    const { submitter } = this.#options;
    while (!this.#closed && !this.#failed && this.#hasWindow() && submitter.connected) {
      const room = WINDOW_BYTES - this.#wireBytes;
      const records = this.#spool.peek(WINDOW - this.#onWire, this.#lastId, room);
      this.#isStuck = records.length === 0 && this.#onWire === 0 && this.#spool.length > 0;
      if (this.#isStuck) this.#pause();
      if (records.length === 0) break;
      this.#lastId = records.at(-1)?.id ?? this.#lastId;
      this.#onWire += records.length;
      for (const { record } of records) this.#wireBytes += record.length;
      for (const record of records) this.#submit(record);
    }
    this.#isSending = false;
    this.#tellDrained();
  }

  /** A server came back: does not wait for the end of the pause. */
  retryNow(): void {
    if (this.#timer === undefined) this.send();
    else {
      this.#options.clock.clearTimeout(this.#timer);
      this.#again();
    }
  }

  /** Resolves when the spool is empty, or it cannot be emptied now: no server is there, or the disk does not answer. */
  async drained(): Promise<void> {
    if (this.#isBusy()) await new Promise<void>((resolve) => this.#drained.push(resolve));
  }

  /** Most bytes on disk from now on; what waits stays. */
  resize(maxBytes: number): void {
    this.#spool.resize(maxBytes);
  }

  /**
   * Moves everything into another spool. What is on the wire may be sent twice.
   *
   * @returns how many it did not take, and how many could not be read: these stay in the old folder
   */
  moveTo(spool: ResultSpool): number {
    let left = 0;
    for (let records = this.#spool.peek(WINDOW); records.length > 0; records = this.#spool.peek(WINDOW)) {
      for (const { id, record } of records) {
        if (!spool.append(Buffer.from(record))) left++;
        this.#spool.acknowledge(id);
      }
    }
    left += this.#spool.length;
    this.#spool.close();
    this.#spool = spool;
    this.#generation++; // ids begin again
    this.#lastId = -1;
    this.#refusals.clear();
    this.send();
    return left;
  }

  /** Sends nothing more; what is left stays on disk. */
  close(): void {
    this.#closed = true;
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer);
    this.#tellDrained();
  }

  /** After the last result was kept. */
  closeSpool(): void {
    this.#spool.close();
  }

  #submit({ id, record }: SpooledRecord): void {
    const generation = this.#generation;
    const result = decodeJobRecord(record);
    const settled = (error: SubmitError | undefined) => {
      this.#onWire--;
      this.#wireBytes -= record.length;
      if (generation === this.#generation) this.#settle(id, error);
      this.#next();
    };
    if (result === undefined)
      settled(Object.assign(new Error("unreadable record"), { code: "BAD_ARGUMENT" }));
    else this.#options.submitter.enqueueBackground(result, settled);
  }

  #settle(id: number, error: SubmitError | undefined): void {
    if (error === undefined) {
      this.sent++;
      this.#refusals.delete(id);
      this.#spool.acknowledge(id);
    } else if (isPermanent(error) || this.#isHopeless(id, error)) {
      this.dropped++;
      this.#refusals.delete(id);
      this.#spool.acknowledge(id);
      this.#options.logger.error(`failed to send back result: ${error.message}`);
    } else this.#failed = true;
  }

  /** A server answered ERROR to this result again and again, and took others meanwhile. */
  #isHopeless(id: number, error: SubmitError): boolean {
    if (error.code !== "SERVER_ERROR") return false;
    const refusal = this.#refusals.get(id) ?? { count: 0, sentBefore: this.sent };
    refusal.count++;
    this.#refusals.set(id, refusal);
    return refusal.count >= MAX_REFUSALS && this.sent > refusal.sentBefore;
  }

  #next(): void {
    if (this.#closed) return;
    if (!this.#failed) {
      if (this.#onWire * 2 <= WINDOW && this.#wireBytes * 2 <= WINDOW_BYTES) this.send();
    } else if (this.#onWire === 0) {
      this.#pause();
    }
    this.#tellDrained();
  }

  #pause(): void {
    this.#timer ??= this.#options.clock.setTimeout(() => this.#again(), RETRY_EVERY_MS);
  }

  #again(): void {
    this.#timer = undefined;
    this.#failed = false;
    this.#lastId = -1;
    this.send();
  }

  #hasWindow(): boolean {
    return this.#onWire < WINDOW && this.#wireBytes < WINDOW_BYTES;
  }

  #isBusy(): boolean {
    const isSending = !this.#closed && !this.#isStuck && this.#options.submitter.connected;
    return isSending && this.#spool.length > 0;
  }

  #tellDrained(): void {
    if (!this.#isBusy()) for (const resolve of this.#drained.splice(0)) resolve();
  }
}
