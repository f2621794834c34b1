import { hash } from "node:crypto";
import type { Job, JobRequest } from "./job.ts";
import type { JobFunction } from "./job-function.ts";

const BY_WORKLOAD = "-";

/**
 * How a request with unique `-` is recognised: by its workload. Undefined for all others, and without a workload.
 * Source: job-server.md 2.2.
 */
export function workloadKeyOf(request: JobRequest): string | undefined {
  if (request.unique !== BY_WORKLOAD || request.data.length === 0) return undefined;
  // SHA-256 in place of a byte compare: nobody can make two workloads that collide.
  return hash("sha256", request.data, "base64");
}

/** The live job that equals `request`, in its function only; one with an empty unique never equals another. */
export function findEqual(
  jobFunction: JobFunction,
  request: JobRequest,
  workloadKey: string | undefined,
): Job | undefined {
  if (workloadKey !== undefined) return jobFunction.byWorkload.get(workloadKey);
  return isByUnique(request.unique) ? jobFunction.byUnique.get(request.unique) : undefined;
}

/** Make `job` findable by later requests. */
export function addToIndex(job: Job, workloadKey: string | undefined): void {
  if (workloadKey !== undefined) {
    job.function.byWorkload.set(workloadKey, job);
    job.workloadKey = workloadKey;
  } else if (isByUnique(job.unique)) {
    job.function.byUnique.set(job.unique, job);
    job.isFindable = true;
  }
}

/** Undo {@link addToIndex}; a second time does nothing, so that a younger job under the same key stays. */
export function removeFromIndex(job: Job): void {
  if (job.isFindable) job.function.byUnique.delete(job.unique);
  job.isFindable = false;
  if (job.workloadKey !== undefined) job.function.byWorkload.delete(job.workloadKey);
  job.workloadKey = undefined;
}

function isByUnique(unique: string): boolean {
  return unique !== "" && unique !== BY_WORKLOAD;
}

/** The newest live job with this unique in any function; those with `-` are not found. Source: 2.8. */
export function findByUnique(functions: Iterable<JobFunction>, unique: string): Job | undefined {
  let newest: Job | undefined;
  for (const jobFunction of functions) {
    const job = jobFunction.byUnique.get(unique);
    if (job !== undefined && (newest === undefined || job.order > newest.order)) newest = job;
  }
  return newest;
}
