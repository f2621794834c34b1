import type { ServerClock } from "../clock.ts";
import { type Job, NORMAL } from "./job.ts";
import type { JobFunction } from "./job-function.ts";

/** Timers can run 24.8 days at most, and somebody may set the clock meanwhile. */
const LONGEST_SLEEP_MS = 60_000;

/** What becomes of a job that nobody wants any more, and of a function whose job became due. */
export interface DueJobsEvents {
  drop(job: Job): void;
  queued(jobFunction: JobFunction): void;
}

/**
 * Jobs of SUBMIT_JOB_EPOCH until their second has come; then they are queued behind the waiting ones. One timer
 * per function. Source: job-server.md 2.5, 2.9.
 */
export class DueJobs {
  readonly #clock: ServerClock;
  readonly #events: DueJobsEvents;

  constructor(clock: ServerClock, events: DueJobsEvents) {
    this.#clock = clock;
    this.#events = events;
  }

  /** Whether `job` has to wait for its time. */
  isLater(job: Job): boolean {
    return job.whenSeconds > 0 && job.whenSeconds * 1000 > this.#clock.now();
  }

  add(job: Job): void {
    job.function.later.push(job);
    this.#arm(job.function);
  }

  /** Queue what is due; a clock that was set forward is noticed here before the timer runs. */
  promote(jobFunction: JobFunction): void {
    const { later } = jobFunction;
    let queued = false;
    for (let job = later.first; job !== undefined && !this.isLater(job); job = later.first) {
      later.shift();
      if (job.isIgnored) {
        this.#events.drop(job);
        continue;
      }
      jobFunction.queue(NORMAL).push(job);
      queued = true;
    }
    this.#arm(jobFunction);
    if (queued) this.#events.queued(jobFunction);
  }

  /** Forget the timer of a function. */
  stop(jobFunction: JobFunction): void {
    if (jobFunction.timer !== undefined) this.#clock.clearTimeout(jobFunction.timer);
    jobFunction.timer = undefined;
  }

  #arm(jobFunction: JobFunction): void {
    const next = jobFunction.later.first;
    if (next === undefined) {
      this.stop(jobFunction);
      return;
    }
    const now = this.#clock.now();
    const dueMs = Math.min(next.whenSeconds * 1000, now + LONGEST_SLEEP_MS);
    if (jobFunction.timer !== undefined && jobFunction.timerDueMs <= dueMs) return;
    this.stop(jobFunction);
    jobFunction.timerDueMs = dueMs;
    jobFunction.timer = this.#clock.setTimeout(
      () => {
        jobFunction.timer = undefined;
        this.promote(jobFunction);
      },
      Math.max(dueMs - now, 1),
    );
  }
}
