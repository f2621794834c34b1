import { type JobStore, RowKeys, type StoredJob, StoreError, uniqueOf } from "@mod-gearman/job-store";
import type { Job } from "./core/entities.ts";
import { JobServerError } from "./core/errors.ts";
import type { JobKeeper } from "./core/job-keeper.ts";
import type { JobQueues } from "./core/job-queues.ts";
import type { JobRequest } from "./core/job-request.ts";

type OnDone = (isStored: boolean) => void;

const BATCH_JOBS = 5000;
const BATCH_BYTES = 4_194_304;

/**
 * The background jobs of a server in a store. A job is there before it can be assigned and before its JOB_CREATED,
 * until it is done, cancelled or dropped. Source: job-server.md 6.1.
 */
export class StoredJobs implements JobKeeper {
  readonly store: JobStore;
  readonly #onShutdownOnly: boolean;
  #isOpen = false;
  readonly #rowKeys = new RowKeys();
  /** Rows of stored jobs. */
  readonly #keys = new Map<Job, string>();
  /** Who waits for the commit of a job. */
  readonly #waiting = new Map<Job, OnDone[]>();

  /** @param onShutdownOnly nothing is written before `storeAll`; for `--store-queue-on-shutdown` */
  constructor(store: JobStore, onShutdownOnly: boolean) {
    this.store = store;
    this.#onShutdownOnly = onShutdownOnly;
  }

  /**
   * Opens the store. Each row becomes a job, or joins the one that equals it, whose own row is enough.
   *
   * @returns number of jobs
   * @throws JobServerError NO_STORE
   */
  async open(queues: JobQueues): Promise<number> {
    if (this.#isOpen) return this.#keys.size;
    this.#isOpen = true;
    try {
      await this.store.open((row) => this.#restore(row, queues));
    } catch (error) {
      if (error instanceof StoreError) throw new JobServerError("NO_STORE", error.message, { cause: error });
      throw error;
    }
    return this.#keys.size;
  }

  /** Why background jobs are refused; undefined if they are not. */
  get problem(): string | undefined {
    const { isRefusing, reason } = this.store.health();
    return isRefusing ? `the store takes no jobs: ${reason ?? "unknown reason"}` : undefined;
  }

  keep(job: Job, onDone: (job: Job, isStored: boolean) => void): boolean {
    if (this.#onShutdownOnly) return false;
    const callers: OnDone[] = [];
    this.#waiting.set(job, callers);
    this.#add(job, (isStored) => {
      this.#waiting.delete(job);
      if (!isStored) this.#keys.delete(job);
      onDone(job, isStored);
      for (const caller of callers) caller(isStored);
    });
    return true;
  }

  move(
    job: Job,
    before: string,
    successor: () => Job | undefined,
    onDone: (isStored: boolean) => void,
  ): boolean {
    const oldKey = this.#keys.get(job);
    if (oldKey === undefined) return false;
    const callers: OnDone[] = [];
    this.#waiting.set(job, callers);
    this.#add(job, (isStored) => {
      this.#waiting.delete(job);
      const next = successor();
      const isTakenOver = next !== undefined && this.#keys.get(next) === oldKey;
      if (!isStored && this.#keys.has(job)) this.#keys.set(job, oldKey);
      else if (!isTakenOver) this.store.remove({ function: before, key: oldKey });
      onDone(isStored);
      for (const caller of callers) caller(true); // it was stored before
    });
    return true;
  }

  forget(job: Job): void {
    const key = this.#keys.get(job);
    if (key === undefined) return;
    this.#keys.delete(job);
    this.store.remove({ function: job.function.name, key });
  }

  /** True until it is known whether the job is stored. */
  isWaiting(job: Job): boolean {
    return this.#waiting.has(job);
  }

  /** Calls `onDone` in the order of these calls; `job` must be waiting. */
  whenDone(job: Job, onDone: OnDone): void {
    this.#waiting.get(job)?.push(onDone);
  }

  /**
   * Stores what must be and is not yet, then closes the store.
   *
   * @returns number of jobs that it has not taken
   */
  async close(jobs: Iterable<Job>): Promise<number> {
    if (!this.#isOpen) return 0;
    const missing = this.#onShutdownOnly ? await this.#storeAll(jobs) : 0;
    await this.store.close();
    return missing;
  }

  /**
   * In batches of about one transaction: the store refuses what would wait for too long or is too much at once. Once it
   * takes nothing for that long, it refuses the others at once. @returns number of jobs that it has not taken
   */
  async #storeAll(jobs: Iterable<Job>): Promise<number> {
    let missing = 0;
    let batch: Promise<boolean>[] = [];
    let bytes = 0;
    const settle = async (): Promise<void> => {
      for (const isStored of await Promise.all(batch)) if (!isStored) missing += 1;
      batch = [];
      bytes = 0;
    };
    for (const job of jobs) {
      if (!job.background || this.#keys.has(job)) continue;
      batch.push(new Promise((resolve) => this.#add(job, resolve)));
      bytes += job.dataBytes;
      if (batch.length === BATCH_JOBS || bytes >= BATCH_BYTES) await settle();
    }
    await settle();
    return missing;
  }

  #restore(row: StoredJob, queues: JobQueues): void {
    const job = queues.restore(requestOf(row));
    if (job === undefined)
      throw new StoreError("CANNOT_OPEN", "there are more functions in it than permitted");
    if (this.#keys.has(job)) this.store.remove(row);
    else this.#keys.set(job, row.key);
  }

  #add(job: Job, onDone: OnDone): void {
    const { function: jobFunction, unique, priority, whenSeconds, data } = job;
    const key = this.#rowKeys.keyFor(unique);
    this.#keys.set(job, key);
    this.store.add({ function: jobFunction.name, key, priority, whenSeconds, data }, onDone);
  }
}

function requestOf({ function: name, key, priority, whenSeconds, data }: StoredJob): JobRequest {
  const unique = uniqueOf(key);
  const workload = { bytes: data, dataAt: 0, dataBytes: data.length };
  return { function: name, unique, ...workload, priority, whenSeconds, reducer: undefined, background: true };
}
