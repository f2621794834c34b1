import { hash } from "node:crypto";
import type { Job, JobRequest } from "./job.ts";
import type { JobFunction } from "./job-function.ts";

const BY_WORKLOAD = "-";

/**
 * How a request is recognised as one that is already there, within its function only: not at all with an empty
 * unique; by workload with `-`, unless the workload is empty; else by unique. Source: job-server.md 2.2.
 */
export interface Identity {
  readonly index: "byUnique" | "byWorkload";
  readonly key: string;
}

/** Identity of a request; undefined when it never equals another one. */
export function identityOf(request: JobRequest): Identity | undefined {
  if (request.unique === "") return undefined;
  if (request.unique !== BY_WORKLOAD) return { index: "byUnique", key: request.unique };
  if (request.data.length === 0) return undefined;
  // SHA-256 in place of a byte compare: nobody can make two workloads that collide.
  return { index: "byWorkload", key: hash("sha256", request.data, "base64") };
}

/** Make `job` findable by later requests. */
export function addToIndex(job: Job, identity: Identity): void {
  job.function[identity.index].set(identity.key, job);
  if (identity.index === "byWorkload") job.workloadKey = identity.key;
}

/** Undo {@link addToIndex}; a younger job under the same key stays. */
export function removeFromIndex(job: Job): void {
  const { function: jobFunction, unique, workloadKey } = job;
  if (jobFunction.byUnique.get(unique) === job) jobFunction.byUnique.delete(unique);
  if (workloadKey !== undefined && jobFunction.byWorkload.get(workloadKey) === job)
    jobFunction.byWorkload.delete(workloadKey);
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
