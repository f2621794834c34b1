import type { ServerClock, Timer } from "./clock.ts";
import type { CoarseSeconds } from "./coarse-seconds.ts";
import type { Job, JobFunction } from "./entities.ts";
import { Heap } from "./heap.ts";

/** Timers have a limit of 24.8 days, and the time of day may be set meanwhile. */
const LONGEST_SLEEP_MS = 60_000;
/** Limit of jobs queued in one turn; the rest follow in the next turns. */
const PER_TURN = 1000;

/** Called for an abandoned job, and for a function whose job became due. */
export interface DueJobsEvents {
  drop(job: Job): void;
  queued(jobFunction: JobFunction): void;
}

/**
 * Jobs of SUBMIT_JOB_EPOCH until their second; then they are queued after the waiting ones. One timer for
 * all. Source: job-server.md 2.5, 2.9.
 */
export class DueJobs {
  readonly #clock: ServerClock;
  readonly #seconds: CoarseSeconds;
  readonly #events: DueJobsEvents;
  readonly #jobs = new Heap<Job>(isBefore);
  #timer: Timer | undefined;
  #timerDueMs = 0;

  constructor(clock: ServerClock, seconds: CoarseSeconds, events: DueJobsEvents) {
    this.#clock = clock;
    this.#seconds = seconds;
    this.#events = events;
  }

  isLater({ whenSeconds }: Pick<Job, "whenSeconds">): boolean {
    return whenSeconds > 0 && whenSeconds * 1000 > this.#clock.wallMs();
  }

  add(job: Job): void {
    this.#jobs.push(job);
    job.function.later += 1;
    this.#arm();
  }

  /** Those of one function, in no particular order. */
  *jobsOf(jobFunction: JobFunction): Iterable<Job> {
    if (jobFunction.later === 0) return;
    for (const job of this.#jobs) if (job.function === jobFunction) yield job;
  }

  /** Removes jobs, in time that grows with the number of all. @returns them, earliest first */
  take(isWanted: (job: Job) => boolean): Job[] {
    const taken: Job[] = [];
    for (const job of this.#jobs.clear()) {
      if (isWanted(job)) taken.push(job);
      else this.#jobs.push(job);
    }
    for (const job of taken) job.function.later -= 1;
    return taken.sort((a, b) => (isBefore(a, b) ? -1 : 1));
  }

  /** Queues due jobs; a clock set forward is noticed here before the timer fires. */
  promote(): void {
    if (this.#jobs.length === 0) return;
    const touched = new Set<JobFunction>();
    for (let left = PER_TURN; left > 0; left--) {
      const job = this.#jobs.first;
      if (job === undefined || this.isLater(job)) break;
      this.#jobs.shift();
      job.function.later -= 1;
      if (job.isIgnored) {
        this.#events.drop(job);
      } else {
        job.since = this.#seconds.now;
        job.function.enqueue(job);
        touched.add(job.function);
      }
    }
    this.#arm();
    for (const jobFunction of touched) this.#events.queued(jobFunction);
  }

  stop(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(): void {
    const next = this.#jobs.first;
    if (next === undefined) {
      this.stop();
      return;
    }
    const now = this.#clock.wallMs();
    const dueMs = Math.min(next.whenSeconds * 1000, now + LONGEST_SLEEP_MS);
    if (this.#timer !== undefined && this.#timerDueMs <= dueMs) return;
    this.stop();
    this.#timerDueMs = dueMs;
    this.#timer = this.#clock.setTimeout(
      () => {
        this.#timer = undefined;
        this.promote();
      },
      Math.max(dueMs - now, 1),
    );
  }
}

/** Earliest first; of equal times the older job. */
function isBefore(a: Job, b: Job): boolean {
  return a.whenSeconds < b.whenSeconds || (a.whenSeconds === b.whenSeconds && a.order < b.order);
}
