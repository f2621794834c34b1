import { labelOf } from "./label.ts";
import type { PeekedJob } from "./peeked-job.ts";

/** A job as a server or its text command gives it. Names are bytes, latin1 strings. */
export interface FoundJob extends Omit<PeekedJob, "worker" | "workload"> {
  readonly worker: string | undefined;
  /** The first bytes of it. */
  readonly workload: Buffer;
}

/** What the page shows of a job. */
export function peekedJobOf(job: FoundJob): PeekedJob {
  const { state, priority, ageSeconds, bytes, retries, whenSeconds, worker, workload } = job;
  return {
    ...{ handle: labelOf(job.handle), unique: labelOf(job.unique), state, priority },
    ...{ ageSeconds, bytes, retries, whenSeconds },
    worker: worker === undefined ? null : labelOf(worker),
    workload: workload.length < bytes ? null : workload.toString("base64"),
  };
}
