import type { Job, JobFunction } from "./entities.ts";
import type { JobRequest } from "./job-request.ts";
import { UniqueIndex } from "./unique-index.ts";

const BY_WORKLOAD = "-";
/** Loaded with the first use: it takes as long as an eighth of the start. */
let hash: typeof import("node:crypto").hash | undefined;

/**
 * How a request with unique `-` is recognised: by its workload. Undefined for all others, and without a workload.
 * Source: job-server.md 2.2.
 */
export function workloadKeyOf(request: JobRequest): string | undefined {
  if (request.unique !== BY_WORKLOAD || request.dataBytes === 0) return undefined;
  // SHA-256 in place of a byte compare: collisions cannot be constructed
  hash ??= process.getBuiltinModule("node:crypto").hash;
  const { bytes, dataAt, dataBytes } = request;
  return hash("sha256", bytes.subarray(dataAt, dataAt + dataBytes), "base64");
}

/** Finds the live job that a later request joins. */
export class Coalescing {
  readonly #uniques = new UniqueIndex();

  get size(): number {
    return this.#uniques.size;
  }

  /** The live job that equals `request`, in its function only; one with an empty unique never equals another. */
  findEqual(
    jobFunction: JobFunction,
    request: Pick<JobRequest, "unique">,
    workloadKey: string | undefined,
  ): Job | undefined {
    if (workloadKey !== undefined) return jobFunction.findByWorkload(workloadKey);
    return isByUnique(request.unique) ? this.#uniques.find(request.unique, jobFunction) : undefined;
  }

  /**
   * The newest live job with this unique in any function, of those for which `isSought` holds; jobs with `-` are not found.
   * Source: job-server.md 2.8.
   */
  findByUnique(unique: string, isSought: (job: Job) => boolean): Job | undefined {
    return this.#uniques.newest(unique, isSought);
  }

  /** `job` is the newest one of its key; later requests can find it. */
  add(job: Job, workloadKey: string | undefined): void {
    if (workloadKey !== undefined) {
      job.function.addWorkload(workloadKey, job);
      job.workloadKey = workloadKey;
    } else if (isByUnique(job.unique)) {
      this.#uniques.add(job);
      job.isFindable = true;
    }
  }

  /** Reverses {@link add}. Idempotent, so that a younger job with the same key stays. */
  delete(job: Job): void {
    if (job.isFindable) this.#uniques.delete(job);
    job.isFindable = false;
    if (job.workloadKey !== undefined) job.function.deleteWorkload(job.workloadKey);
    job.workloadKey = undefined;
  }
}

function isByUnique(unique: string): boolean {
  return unique !== "" && unique !== BY_WORKLOAD;
}
