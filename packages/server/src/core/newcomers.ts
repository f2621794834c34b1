import {
  type AdmissionRules,
  DROPS_PER_REQUEST,
  excess,
  excessOf,
  oldestAfter,
  takeOldest,
  type Waiting,
  wouldFit,
} from "./admission.ts";
import type { DropReason } from "./counts.ts";
import type { Job, JobFunction } from "./entities.ts";
import type { JobRequest } from "./job-request.ts";

/** Newcomers of one function. */
interface Some {
  readonly count: number;
  readonly bytes: number;
}

/** The queues that they want to enter. */
export interface Entered {
  /** Workloads of all jobs. */
  readonly bytes: number;
  /** Drops a job that has left its queue. */
  drop(job: Job, reason: DropReason): void;
}

const NONE: Some = { count: 0, bytes: 0 };

/**
 * Background jobs above a limit with the policy `drop-oldest` that are on their way to the store: others make way for them once it
 * has them, and not before, as it may refuse them. Until then they are counted apart.
 */
export class Newcomers {
  readonly #queues: Entered;
  readonly #rules: () => AdmissionRules;
  readonly #jobs = new Set<Job>();
  readonly #byFunction = new Map<JobFunction, Some>();
  #bytes = 0;

  constructor(queues: Entered, rules: () => AdmissionRules) {
    this.#queues = queues;
    this.#rules = rules;
  }

  /**
   * Whether `request` may be queued: why not, or undefined, or `"newcomer"`: once it is stored.
   *
   * @param isStored it goes to a store first
   * @param isLater it displaces none: they can be done now
   */
  judge(
    request: JobRequest,
    jobFunction: JobFunction,
    isStored: boolean,
    isLater: boolean,
  ): DropReason | "newcomer" | undefined {
    const drop = isStored || isLater ? undefined : this.#drop;
    const reason = excessOf(request, jobFunction, this.#rules(), this.#allBytes, drop);
    if (reason === undefined || !isStored || isLater) return reason;
    if (jobFunction.queueLimits.policy !== "drop-oldest") return reason;
    return this.#mayCome(request, jobFunction) ? "newcomer" : reason;
  }

  /** Whether 256 jobs are enough to make way for it, besides those that the newcomers so far displace. */
  #mayCome({ dataBytes, priority }: JobRequest, jobFunction: JobFunction): boolean {
    const totalBytes = this.#queues.bytes;
    const { count, bytes } = this.#of(jobFunction);
    const { queueLimits } = jobFunction;
    const waiting = this.#withoutThem(jobFunction);
    if (!wouldFit(dataBytes + bytes, waiting, this.#rules(), totalBytes - bytes)) return false;
    let [left, leftBytes, drops] = [waiting.waitingCount, waiting.waitingBytes, 0];
    const fits = (): boolean => {
      const total = totalBytes - this.#bytes - (waiting.waitingBytes - leftBytes);
      const rest = { queueLimits, waitingCount: left, waitingBytes: leftBytes };
      return excess(dataBytes, rest, this.#rules(), total) === undefined;
    };
    for (const job of oldestAfter(count, jobFunction, priority)) {
      if (fits()) return true;
      if (drops === DROPS_PER_REQUEST) return false;
      drops += 1;
      left -= 1;
      leftBytes -= job.dataBytes;
    }
    return fits();
  }

  add(job: Job): void {
    this.#jobs.add(job);
    this.#count(job, 1);
  }

  /** Any job, a newcomer or not. */
  delete(job: Job): void {
    if (this.#jobs.delete(job)) this.#count(job, -1);
  }

  /** `job`, a newcomer or not, is queued: drops what has to make way for it. */
  enter(job: Job): void {
    if (!this.#jobs.has(job)) return;
    this.delete(job);
    const { function: jobFunction } = job;
    while (jobFunction.queueLimits.policy === "drop-oldest") {
      const { queueLimits, waitingCount, waitingBytes } = this.#withoutThem(jobFunction);
      const others = { queueLimits, waitingCount: waitingCount - 1, waitingBytes };
      const reason = excess(0, others, this.#rules(), this.#queues.bytes - this.#bytes);
      const oldest = reason && takeOldest(jobFunction, job.priority);
      if (reason === undefined || oldest === undefined) return;
      this.#queues.drop(oldest, reason);
    }
  }

  readonly #allBytes = (): number => this.#queues.bytes;

  readonly #drop = (job: Job, reason: DropReason): void => this.#queues.drop(job, reason);

  #of(jobFunction: JobFunction): Some {
    return this.#byFunction.get(jobFunction) ?? NONE;
  }

  #withoutThem(jobFunction: JobFunction): Waiting {
    const { queueLimits, waitingCount, waitingBytes } = jobFunction;
    const { count, bytes } = this.#of(jobFunction);
    return { queueLimits, waitingCount: waitingCount - count, waitingBytes: waitingBytes - bytes };
  }

  #count({ function: jobFunction, dataBytes }: Job, by: 1 | -1): void {
    const { count, bytes } = this.#of(jobFunction);
    this.#bytes += by * dataBytes;
    if (count + by === 0) this.#byFunction.delete(jobFunction);
    else this.#byFunction.set(jobFunction, { count: count + by, bytes: bytes + by * dataBytes });
  }
}
