import type { Job } from "./job.ts";

/** Waiting jobs whose time has not come, earliest first; of equal times the older job. A binary min-heap. */
export class DueHeap {
  readonly #jobs: Job[] = [];

  get length(): number {
    return this.#jobs.length;
  }

  /** The next one to become due. */
  get first(): Job | undefined {
    return this.#jobs[0];
  }

  push(job: Job): void {
    const jobs = this.#jobs;
    let at = jobs.length;
    jobs.push(job);
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = jobs[parentAt] as Job;
      if (!isBefore(job, parent)) break;
      jobs[at] = parent;
      at = parentAt;
    }
    jobs[at] = job;
  }

  /** Take the first one out. */
  shift(): Job | undefined {
    const jobs = this.#jobs;
    const first = jobs[0];
    const last = jobs.pop();
    if (last !== undefined && jobs.length > 0) this.#sink(last);
    return first;
  }

  /** Put `job` in at the top and let it sink to its place. */
  #sink(job: Job): void {
    const jobs = this.#jobs;
    let at = 0;
    for (;;) {
      let childAt = 2 * at + 1;
      if (childAt >= jobs.length) break;
      if (childAt + 1 < jobs.length && isBefore(jobs[childAt + 1] as Job, jobs[childAt] as Job)) childAt += 1;
      const child = jobs[childAt] as Job;
      if (!isBefore(child, job)) break;
      jobs[at] = child;
      at = childAt;
    }
    jobs[at] = job;
  }
}

function isBefore(a: Job, b: Job): boolean {
  return a.whenSeconds < b.whenSeconds || (a.whenSeconds === b.whenSeconds && a.order < b.order);
}
