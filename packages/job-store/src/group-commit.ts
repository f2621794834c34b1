import { type Logger, nullLogger, printable, startTimer, stopTimer, type Timer } from "@mod-gearman/base";
import { StoreError } from "./errors.ts";
import type { JobStore, StoreHealth } from "./job-store.ts";
import { bytesOf, type OnDone, type PendingChange, PendingChanges } from "./pending-changes.ts";
import type { StoreDriver } from "./store-driver.ts";
import { priorityOf, type RowId, type StoredJob } from "./stored-job.ts";

export interface GroupCommitOptions {
  /** How long a job may wait for its commit; then it is refused. Default 6000, gearmand's busy time-out of sqlite. */
  readonly patienceMs?: number;
  /** More than this that waits is refused. Default 256 MiB. */
  readonly maxPendingBytes?: number;
  readonly logger?: Logger;
  /** Monotonic milliseconds. */
  readonly nowMs?: () => number;
}

const PATIENCE_MS = 6000;
const MAX_PENDING_BYTES = 268_435_456;
const MAX_CHANGES = 5000;
const MAX_COMMIT_BYTES = 8_388_608;
const LOOK_MS = 200;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1000;
const LOG_EVERY_MS = 1000;

/**
 * Group commit over any driver (X15): changes are collected while the previous transaction is under way, then made in one,
 * and the callers learn it when that is durable. A store that fails is tried again; what waits longer than
 * `patienceMs` is refused, and new jobs are refused at once until a transaction succeeds.
 */
export class GroupCommit implements JobStore {
  readonly #driver: StoreDriver;
  readonly #logger: Logger;
  readonly #nowMs: () => number;
  readonly #patienceMs: number;
  readonly #maxPendingBytes: number;
  readonly #pending = new PendingChanges();
  #underWay: readonly PendingChange[] = [];
  #underWayBytes = 0;
  #isRunning = false;
  #isRefusing = false;
  /** A job was refused for want of room, and nothing has been answered since. */
  #isFull = false;
  #reason: string | undefined;
  #pauseMs = 0;
  #commits = 0;
  #changes = 0;
  #failures = 0;
  #refused = 0;
  #loggedMs = Number.NEGATIVE_INFINITY;
  #look: Timer | undefined;
  #isClosed = false;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(driver: StoreDriver, options: GroupCommitOptions = {}) {
    this.#driver = driver;
    this.#logger = options.logger ?? nullLogger;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#patienceMs = options.patienceMs ?? PATIENCE_MS;
    this.#maxPendingBytes = options.maxPendingBytes ?? MAX_PENDING_BYTES;
  }

  async open(replay: (job: StoredJob) => void): Promise<void> {
    let odd = 0;
    try {
      await this.#driver.open();
      await this.#driver.replay((row) => {
        const priority = priorityOf(row.priority);
        if (priority !== row.priority) odd += 1;
        replay({ ...row, priority });
      });
    } catch (error) {
      await this.#driver.close();
      throw error;
    }
    if (odd > 0)
      this.#logger.warn(`${this.#driver.name}: ${odd} jobs without a known priority are taken as normal`);
  }

  add(job: StoredJob, onDone: OnDone): void {
    const change = { add: job };
    const waiting = this.#pending.bytes + this.#underWayBytes;
    const isFull = waiting > 0 && waiting + bytesOf(change) > this.#maxPendingBytes;
    if (isFull || this.#isRefusing) {
      this.#refused += 1;
      if (isFull) this.#onFull();
      setImmediate(onDone, false);
      return;
    }
    this.#pending.put(change, this.#nowMs(), onDone);
    this.#start();
  }

  remove(row: RowId): void {
    this.#pending.put({ remove: { function: row.function, key: row.key } }, this.#nowMs(), undefined);
    this.#start();
  }

  health(): StoreHealth {
    return {
      isRefusing: this.#isRefusing || this.#isFull,
      reason: this.#reason ?? (this.#isFull ? this.#tooMuch() : undefined),
      pending: this.#pending.size + this.#underWay.length,
      pendingBytes: this.#pending.bytes + this.#underWayBytes,
      commits: this.#commits,
      changes: this.#changes,
      failures: this.#failures,
      refused: this.#refused,
    };
  }

  async close(): Promise<void> {
    if (this.#isRunning) {
      this.#idle = Promise.withResolvers();
      const limit = startTimer(() => this.#idle?.resolve(), this.#patienceMs);
      await this.#idle.promise;
      stopTimer(limit);
    }
    const { pending } = this.health();
    if (pending > 0)
      this.#logger.error(
        `${this.#driver.name}: ${pending} changes were not stored: ${this.#reason ?? "no time"}`,
      );
    this.#isClosed = true;
    this.#stopLooking();
    await this.#driver.close();
  }

  #start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    setImmediate(() => void this.#run());
    this.#lookLater();
  }

  async #run(): Promise<void> {
    while (this.#pending.size > 0 && !this.#isClosed) {
      const batch = this.#pending.take(MAX_CHANGES, MAX_COMMIT_BYTES);
      this.#underWay = batch;
      this.#underWayBytes = batch.reduce((sum, { bytes }) => sum + bytes, 0);
      const isMade = await this.#attempt(batch);
      this.#underWay = [];
      this.#underWayBytes = 0;
      if (isMade) this.#pauseMs = 0;
      else await this.#pause();
    }
    this.#isRunning = false;
    this.#stopLooking();
    this.#idle?.resolve();
  }

  /** @returns false if the store has failed; the changes are pending again */
  async #attempt(batch: readonly PendingChange[]): Promise<boolean> {
    try {
      await this.#driver.write(batch.map(({ change }) => change));
    } catch (error) {
      if (error instanceof StoreError && error.code === "REFUSED") return await this.#halve(batch, error);
      this.#putBack(batch);
      this.#onFailure(error);
      return false;
    }
    this.#onCommit(batch);
    return true;
  }

  /** One of the changes is refused: which one is found by halves. */
  async #halve(batch: readonly PendingChange[], error: StoreError): Promise<boolean> {
    const [only] = batch;
    if (only !== undefined && batch.length === 1) {
      this.#onRefused(only, error);
      return true;
    }
    const middle = batch.length >> 1;
    if (await this.#attempt(batch.slice(0, middle))) return await this.#attempt(batch.slice(middle));
    this.#putBack(batch.slice(middle));
    return false;
  }

  #onCommit(batch: readonly PendingChange[]): void {
    this.#commits += 1;
    this.#changes += batch.length;
    this.#onAnswer();
    for (const entry of batch) {
      const { change, onDone } = entry;
      entry.onDone = undefined;
      if (onDone !== undefined) onDone(true);
      // refused meanwhile: the client may have sent it elsewhere
      else if ("add" in change && !this.#pending.has(change.add)) this.remove(change.add);
    }
  }

  /** The store works, though it may not take every job. */
  #onAnswer(): void {
    if (this.#reason !== undefined) this.#logger.warn(`${this.#driver.name}: works again`);
    this.#reason = undefined;
    this.#isRefusing = false;
    this.#isFull = false;
  }

  #onFull(): void {
    this.#isFull = true;
    if (this.#isRefusing) return; // which has been logged
    this.#logSometimes(`background jobs are refused: ${this.#tooMuch()}`);
  }

  #tooMuch(): string {
    return `more than ${this.#maxPendingBytes} bytes would wait for their commit`;
  }

  #onRefused(entry: PendingChange, { message }: StoreError): void {
    const { change, onDone } = entry;
    this.#failures += 1;
    this.#onAnswer();
    if (!("add" in change)) return;
    entry.onDone = undefined;
    if (onDone !== undefined) this.#refused += 1;
    onDone?.(false);
    this.#logSometimes(`cannot store a job of ${printable(change.add.function)}: ${message}`);
  }

  #logSometimes(text: string): void {
    const nowMs = this.#nowMs();
    if (nowMs - this.#loggedMs < LOG_EVERY_MS) return;
    this.#loggedMs = nowMs;
    this.#logger.error(`${this.#driver.name}: ${text}`);
  }

  #onFailure(error: unknown): void {
    this.#failures += 1;
    const text = error instanceof StoreError ? error.message : String((error as Error).stack ?? error);
    if (this.#reason === undefined) this.#logger.warn(`${this.#driver.name}: ${text}, trying again`);
    this.#reason = text;
  }

  #putBack(batch: readonly PendingChange[]): void {
    for (const entry of batch) {
      entry.wasTried = true;
      if (entry.onDone === undefined) this.#withdraw(entry);
      this.#pending.putBack(entry);
    }
  }

  /** A job that was refused, but may be in the store. */
  #withdraw(entry: PendingChange): void {
    if (!("add" in entry.change)) return;
    const { function: name, key } = entry.change.add;
    entry.change = { remove: { function: name, key } };
    entry.bytes = bytesOf(entry.change);
  }

  async #pause(): Promise<void> {
    this.#pauseMs = Math.min(Math.max(2 * this.#pauseMs, FIRST_PAUSE_MS), LONGEST_PAUSE_MS);
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = startTimer(resolve, this.#pauseMs);
    await promise;
    stopTimer(timer);
  }

  #lookLater(): void {
    this.#look ??= startTimer(() => {
      this.#look = undefined;
      this.#refuseOld();
      if (this.#isRunning) this.#lookLater();
    }, LOOK_MS);
  }

  #stopLooking(): void {
    if (this.#look !== undefined) stopTimer(this.#look);
    this.#look = undefined;
  }

  /** Refuses what has waited too long, under way or not. */
  #refuseOld(): void {
    const oldMs = this.#nowMs() - this.#patienceMs;
    const old: PendingChange[] = [];
    for (const list of [this.#underWay, this.#pending])
      for (const entry of list) if (entry.onDone !== undefined && entry.sinceMs <= oldMs) old.push(entry);
    if (old.length === 0) return;
    if (!this.#isRefusing) {
      this.#reason ??= `no commit within ${this.#patienceMs / 1000} s`;
      this.#logger.error(`${this.#driver.name}: background jobs are refused: ${this.#reason}`);
    }
    this.#isRefusing = true;
    this.#refused += old.length;
    const underWay = new Set(this.#underWay);
    for (const entry of old) {
      const { onDone } = entry;
      entry.onDone = undefined;
      if (!underWay.has(entry)) this.#giveUp(entry);
      onDone?.(false);
    }
  }

  #giveUp(entry: PendingChange): void {
    if (!("add" in entry.change)) return; // a removal that answers for a job still has to be made
    this.#pending.delete(entry);
    if (!entry.wasTried) return;
    this.#withdraw(entry);
    this.#pending.putBack(entry);
  }
}
