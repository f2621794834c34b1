import type { DropReason } from "./counts.ts";
import type { Job, JobFunction } from "./entities.ts";
import { type JobRequest, LOW, type Priority } from "./job-request.ts";

/** Limit of jobs that make way for one request; each takes some microseconds. */
const DROPS_PER_REQUEST = 256;

export interface AdmissionRules {
  /** Limit of the workloads of all jobs, 0 = none. */
  readonly maxQueuedBytes: number;
}

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
    if (!wouldFit(bytes, jobFunction, rules)) return reason;
    const job = takeOldest(jobFunction, request.priority);
    if (job === undefined) return reason;
    drop(job, reason);
  }
}

/** Why one more job of so many bytes would exceed a limit of the function or the server. */
export function excess(
  bytes: number,
  { queueLimits, waitingCount, waitingBytes }: JobFunction,
  { maxQueuedBytes }: AdmissionRules,
  totalBytes: number,
): DropReason | undefined {
  if (queueLimits.count > 0 && waitingCount >= queueLimits.count) return "count";
  if (queueLimits.bytes > 0 && waitingBytes + bytes > queueLimits.bytes) return "bytes";
  return maxQueuedBytes > 0 && totalBytes + bytes > maxQueuedBytes ? "total-bytes" : undefined;
}

/** Whether there is a place for it once other jobs are gone. */
function wouldFit(bytes: number, { queueLimits }: JobFunction, { maxQueuedBytes }: AdmissionRules): boolean {
  if (queueLimits.bytes > 0 && bytes > queueLimits.bytes) return false;
  return maxQueuedBytes === 0 || bytes <= maxQueuedBytes;
}

/** The job of the function that waits longest, of the least urgent ones; none more urgent than `priority`. */
function takeOldest(jobFunction: JobFunction, priority: Priority): Job | undefined {
  for (let at: number = LOW; at >= priority; at--) {
    const job = jobFunction.waitingQueue(at as Priority).shift();
    if (job !== undefined) return job;
  }
  return undefined;
}
