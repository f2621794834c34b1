import type { Job, JobFunction } from "../core/entities.ts";
import type { JobQueues } from "../core/job-queues.ts";
import type { Priority } from "../core/job-request.ts";
import { jobsOf, MOST_PEEKED_BYTES } from "../core/peek.ts";
import { type CancelOutcome, type MoveOutcome, QueueOperations } from "../core/queue-operations.ts";
import type { Steps } from "../core/steps.ts";
import { fromBytes, printJobName, printPeerName } from "../observe/printed-names.ts";

/** A job as an administrator sees it. Names are latin1 strings of bytes. */
export interface PeekedJob {
  readonly handle: string;
  readonly unique: string;
  /** `later`: until `whenSeconds`. */
  readonly state: "waiting" | "later" | "running";
  /** 0 high, 1 normal, 2 low. */
  readonly priority: Priority;
  /** Since it was queued last or, if it runs, given to its worker. */
  readonly ageSeconds: number;
  /** Of the workload. */
  readonly bytes: number;
  /** Workers that have lost it. */
  readonly retries: number;
  readonly isBackground: boolean;
  /** That wait for its result. */
  readonly clients: number;
  /** Since 1970; 0: at once. */
  readonly whenSeconds: number;
  /** Number, address and client id of the connection that has it. */
  readonly worker: string | undefined;
  /** The first bytes of the workload, a copy. */
  readonly data: Buffer;
}

/** Operations on queues. `who` asked for it, for the log; names are latin1 strings of bytes, and undefined is the answer for unknown ones. */
export interface QueueControl {
  /**
   * Jobs are accepted and kept, and none is given to a worker, until `resumeQueue` or the end of the process.
   *
   * @returns false if it is so already
   */
  pauseQueue(name: string, who: string): boolean | undefined;
  /** @returns false if it is not paused */
  resumeQueue(name: string, who: string): boolean | undefined;
  /** Drops all jobs that wait. @returns their number */
  purgeQueue(name: string, who: string): Promise<number | undefined>;
  /** A job that runs is forgotten; its worker goes on. */
  cancelJob(handle: string, who: string): CancelOutcome;
  /** Cancels the jobs with this unique key, of one function or of all. @returns what became of each */
  cancelUnique(unique: string, who: string, name?: string): readonly CancelOutcome[];
  /** Jobs that wait change their function. `limit`: the most of them. Undefined, too, if both names are the same. */
  moveJobs(from: string, to: string, who: string, limit?: number): Promise<MoveOutcome | undefined>;
  /** Up to `count` (1000 at most) jobs with up to `bytes` (1 MiB at most) of their workloads; those that wait come first. */
  peekJobs(name: string, count: number, bytes?: number): PeekedJob[] | undefined;
}

interface ControlOptions {
  readonly logger: { warn(text: string): void };
  /** Performs steps in slices. */
  pursue(steps: Steps, onDone?: () => void): void;
}

/** Limit of equal uniques of different functions that one call cancels. */
const MOST_NAMESAKES = 256;

/** Performs operations on queues, tells the log, and goes on when the peer that asked is gone. */
export class QueueController implements QueueControl {
  readonly #queues: JobQueues;
  readonly #operations: QueueOperations;
  readonly #options: ControlOptions;

  constructor(queues: JobQueues, options: ControlOptions) {
    this.#queues = queues;
    this.#operations = new QueueOperations(queues);
    this.#options = options;
  }

  pauseQueue(name: string, who: string): boolean | undefined {
    const one = this.#queues.functions.find(name);
    const isNew = one && this.#operations.pause(one);
    if (isNew === true) this.#log(`paused ${fromBytes(name)}, ${one?.waitingCount} jobs wait`, who);
    return isNew;
  }

  resumeQueue(name: string, who: string): boolean | undefined {
    const one = this.#queues.functions.find(name);
    const isNew = one && this.#operations.resume(one);
    if (isNew === true) this.#log(`resumed ${fromBytes(name)}, ${one?.waitingCount} jobs wait`, who);
    return isNew;
  }

  async purgeQueue(name: string, who: string): Promise<number | undefined> {
    const one = this.#queues.functions.find(name);
    if (one === undefined) return undefined;
    let dropped = 0;
    const steps = this.#operations.purge(one, () => {
      dropped += 1;
    });
    await new Promise<void>((resolve) => this.#options.pursue(steps, resolve));
    if (dropped > 0) this.#log(`purged ${fromBytes(name)}, dropped ${dropped} jobs`, who);
    return dropped;
  }

  cancelJob(handle: string, who: string): CancelOutcome {
    return this.#cancelAll(this.withHandle(handle), who)[0] ?? "absent";
  }

  cancelUnique(unique: string, who: string, name?: string): CancelOutcome[] {
    return this.#cancelAll(this.withUnique(unique, name), who);
  }

  async moveJobs(from: string, to: string, who: string, limit?: number): Promise<MoveOutcome | undefined> {
    const [source, target] = [this.#queues.functions.find(from), this.#queues.functions.find(to)];
    if (source === undefined || target === undefined || source === target) return undefined;
    const outcome = await new Promise<MoveOutcome>((resolve) =>
      this.#options.pursue(this.#operations.move(source, target, limit, resolve)),
    );
    if (outcome.moved > 0)
      this.#log(`moved ${outcome.moved} jobs of ${fromBytes(from)} to ${fromBytes(to)}`, who);
    return outcome;
  }

  peekJobs(name: string, count: number, bytes = 0): PeekedJob[] | undefined {
    const one = this.#queues.functions.find(name);
    return one && [...jobsOf(one, this.#queues, count)].map((job) => this.show(job, bytes));
  }

  /** Up to `count` jobs, to be shown one by one as long as they exist. */
  jobs(one: JobFunction, count: number): Job[] {
    return [...jobsOf(one, this.#queues, count)];
  }

  show(job: Job, bytes: number): PeekedJob {
    const { handle, unique, priority, dataBytes, retries, background, clients, whenSeconds, worker } = job;
    const isLater = worker === undefined && whenSeconds > 0 && this.#queues.due.isLater(job);
    const age = isLater ? 0 : Math.max(this.#queues.seconds.precise() - job.since, 0);
    return {
      ...{ handle, unique, priority, bytes: dataBytes, retries, whenSeconds },
      state: worker !== undefined ? "running" : isLater ? "later" : "waiting",
      ageSeconds: Math.floor(age),
      isBackground: background,
      clients: clients.length,
      worker: worker && printPeerName(worker),
      data: Buffer.from(job.data.subarray(0, Math.min(bytes, MOST_PEEKED_BYTES))),
    };
  }

  /** The job that can be cancelled. */
  withHandle(handle: string): Job[] {
    const job = this.#queues.jobs.find(handle);
    return job === undefined || job.isIgnored ? [] : [job];
  }

  /** Jobs that can be cancelled; each call of the iterator expects that the one before has been. */
  *withUnique(unique: string, name: string | undefined): Iterable<Job> {
    const isSought = ({ function: { name: its } }: Job) => name === undefined || its === name;
    for (let left = MOST_NAMESAKES; left > 0; left--) {
      const job = this.#queues.coalescing.findByUnique(unique, isSought);
      if (job === undefined) return;
      yield job;
    }
  }

  /** @returns steps that take as much time as the search in the queue took */
  cancel(job: Job, who: string): { readonly outcome: CancelOutcome; readonly steps: Steps } {
    const name = fromBytes(job.function.name);
    const cancelled = this.#operations.cancel(job);
    this.#log(`cancelled ${printJobName(job)} of ${name}, it was ${cancelled.outcome}`, who);
    return cancelled;
  }

  #cancelAll(jobs: Iterable<Job>, who: string): CancelOutcome[] {
    const outcomes: CancelOutcome[] = [];
    for (const job of jobs) {
      const { outcome, steps } = this.cancel(job, who);
      outcomes.push(outcome);
      this.#options.pursue(steps);
    }
    return outcomes;
  }

  #log(text: string, who: string): void {
    this.#options.logger.warn(`${fromBytes(who)} ${text}`);
  }
}
