import type { QueueStatus } from "@mod-gearman/protocol";
import type { RunningJob } from "./assigned-job.ts";
import type { ForegroundProgress, ForegroundResult } from "./foreground-result.ts";
import type { BackgroundJob, ForegroundJob, SubmittedJob } from "./job.ts";
import type { JobStatus } from "./job-status.ts";

/**
 * Submits jobs, independent of the implementation: `ClientConnection`, or `AbraxasClient` of `@mod-gearman/abraxas`; one
 * test suite holds for both. Workloads and results are bytes and arrive unchanged. Every call settles; an
 * implementation refuses what it cannot do with ClientError UNSUPPORTED.
 */
export interface JobClient {
  readonly connected: boolean;
  readonly pending: number;
  waitConnected(): Promise<void>;
  submitBackground(job: BackgroundJob): Promise<SubmittedJob>;
  submitForeground(job: ForegroundJob, progress?: ForegroundProgress): Promise<ForegroundResult>;
  getStatus(handle: Buffer): Promise<Pick<JobStatus, "known" | "running">>;
  queues(): Promise<QueueStatus[]>;
  /** Unsettled requests reject with CLOSED. */
  close(): Promise<void>;
}

/** Takes jobs: `WorkerConnection`, or `AbraxasWorker` of `@mod-gearman/abraxas`. */
export interface JobWorker {
  readonly connected: boolean;
  /** Assigned and not yet ended. */
  readonly held: number;
  /** Replaces the functions. @throws ClientError BAD_ARGUMENT, UNSUPPORTED */
  setFunctions(functions: readonly Buffer[]): void;
  /** The server assigns unfinished jobs to other workers. */
  close(): Promise<void>;
}

/** Handles a job of a {@link JobWorker}: must not block, and must end the job with `complete` or `fail`. */
export type JobHandler = (job: RunningJob) => void;
