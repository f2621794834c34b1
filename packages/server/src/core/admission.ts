import type { DropReason } from "./counts.ts";
import type { Job, JobFunction } from "./entities.ts";
import { type JobRequest, LOW, type Priority } from "./job-request.ts";

/** Limit of jobs that make way for one request; each takes some microseconds. */
export const DROPS_PER_REQUEST = 256;

export interface AdmissionRules {
  /** Limit of the workloads of all jobs, 0 = none. */
  readonly maxQueuedBytes: number;
}

/** What waits in a function, and its limits. */
export type Waiting = Pick<JobFunction, "queueLimits" | "waitingCount" | "waitingBytes">;

/**
 * Why `request` may not be queued; undefined if it may. With the policy `drop-oldest` jobs are dropped first.
 *
 * @param totalBytes workloads of all jobs
 * @param drop called with a job that has left its queue. Undefined for a job for later: it makes no room, as it would displace
 * jobs that can be done now
 */
export function excessOf(
  request: JobRequest,
  jobFunction: JobFunction,
  rules: AdmissionRules,
  totalBytes: () => number,
  drop: ((job: Job, reason: DropReason) => void) | undefined,
): DropReason | undefined {
  const bytes = request.dataBytes;
  for (let left = DROPS_PER_REQUEST; ; left--) {
    const reason = excess(bytes, jobFunction, rules, totalBytes());
    if (reason === undefined) return undefined;
    if (jobFunction.queueLimits.policy !== "drop-oldest" || drop === undefined || left === 0) return reason;
    if (!wouldFit(bytes, jobFunction, rules, totalBytes())) return reason;
    const job = takeOldest(jobFunction, request.priority);
    if (job === undefined) return reason;
    drop(job, reason);
  }
}

/** Why one more job of so many bytes would exceed a limit of the function or the server. */
export function excess(
  bytes: number,
  { queueLimits, waitingCount, waitingBytes }: Waiting,
  { maxQueuedBytes }: AdmissionRules,
  totalBytes: number,
): DropReason | undefined {
  if (queueLimits.count > 0 && waitingCount >= queueLimits.count) return "count";
  if (queueLimits.bytes > 0 && waitingBytes + bytes > queueLimits.bytes) return "bytes";
  return maxQueuedBytes > 0 && totalBytes + bytes > maxQueuedBytes ? "total-bytes" : undefined;
}

/** Whether there is a place for it once all jobs of the function that wait are gone; those of other functions stay. */
export function wouldFit(
  bytes: number,
  { queueLimits, waitingBytes }: Waiting,
  { maxQueuedBytes }: AdmissionRules,
  totalBytes: number,
): boolean {
  if (queueLimits.bytes > 0 && bytes > queueLimits.bytes) return false;
  return maxQueuedBytes === 0 || totalBytes - waitingBytes + bytes <= maxQueuedBytes;
}

/** The job of the function that waits longest, of the least urgent ones; none more urgent than `priority`. */
export function takeOldest(jobFunction: JobFunction, priority: Priority): Job | undefined {
  for (let at: number = LOW; at >= priority; at--) {
    const job = jobFunction.waitingQueue(at as Priority).shift();
    if (job !== undefined) return job;
  }
  return undefined;
}

/** The jobs that `takeOldest` would take in this order, without the first `skipped` ones. */
export function* oldestAfter(skipped: number, jobFunction: JobFunction, priority: Priority): Iterable<Job> {
  let from = skipped;
  for (let each: number = LOW; each >= priority; each--) {
    const queue = jobFunction.waitingQueue(each as Priority);
    for (let at = from; at < queue.length; at++) {
      const job = queue.at(at);
      if (job !== undefined) yield job;
    }
    from = Math.max(from - queue.length, 0);
  }
}
