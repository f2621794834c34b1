import type { Job, JobFunction, Peer } from "./entities.ts";
import type { JobQueues } from "./job-queues.ts";
import { PRIORITIES } from "./job-request.ts";

/** Limit of jobs that one look shows. */
const MOST_PEEKED_JOBS = 1000;
/** Limit of the bytes of each workload. */
export const MOST_PEEKED_BYTES = 1_048_576;

/**
 * Up to `count` jobs of a function: those that wait in the order in which they would be assigned, then those for a later time, then
 * those that workers have.
 */
export function* jobsOf(one: JobFunction, queues: JobQueues, count: number): Iterable<Job> {
  let left = Math.min(count, MOST_PEEKED_JOBS);
  for (const job of allJobsOf(one, queues)) {
    if (left <= 0) return;
    left -= 1;
    yield job;
  }
}

function* allJobsOf(one: JobFunction, queues: JobQueues): Iterable<Job> {
  for (const priority of PRIORITIES) {
    const queue = one.waitingQueue(priority);
    for (let at = 0; at < queue.length; at++) {
      const job = queue.at(at);
      if (job !== undefined) yield job;
    }
  }
  yield* queues.due.jobsOf(one);
  for (const { peer } of one.workers) yield* heldOf(peer, one);
}

function* heldOf({ held }: Peer, one: JobFunction): Iterable<Job> {
  for (let job = held.oldest; job !== undefined; job = job.heldAfter) if (job.function === one) yield job;
}
