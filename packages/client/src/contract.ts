import type { QueueStatus } from "@mod-gearman/protocol";
import type { RunningJob } from "./assigned-job.ts";
import type { BackgroundJob, ForegroundJob, SubmittedJob } from "./client-options.ts";
import type { ForegroundProgress, ForegroundResult } from "./foreground-submit.ts";
import type { JobStatus } from "./job-status.ts";

/**
 * What a program needs to submit jobs, whoever speaks the protocol. Implemented by `ClientConnection` and by
 * `AbraxasClient`; one test suite holds for both. Workloads and results are bytes and arrive as they were given.
 * Everything settles; what an implementation cannot do is refused with ClientError UNSUPPORTED.
 */
export interface JobClient {
  readonly connected: boolean;
  /** Requests neither answered nor rejected. */
  readonly pending: number;
  waitConnected(): Promise<void>;
  submitBackground(job: BackgroundJob): Promise<SubmittedJob>;
  submitForeground(job: ForegroundJob, progress?: ForegroundProgress): Promise<ForegroundResult>;
  getStatus(handle: Buffer): Promise<Pick<JobStatus, "known" | "running">>;
  /** The admin command `status`. */
  queues(): Promise<QueueStatus[]>;
  /** Close for good; what is left rejects with CLOSED. */
  close(): Promise<void>;
}

/** What a program needs to take jobs. Implemented by `WorkerConnection` and by `AbraxasWorker`. */
export interface JobWorker {
  readonly connected: boolean;
  /** Jobs in hand. */
  readonly held: number;
  /** Change the functions. @throws ClientError BAD_ARGUMENT, UNSUPPORTED */
  setFunctions(functions: readonly Buffer[]): void;
  /** Close for good; the server gives the jobs in hand to others. */
  close(): Promise<void>;
}

/** Takes a job of a {@link JobWorker}: must not block, and must end it with `complete` or `fail`. */
export type JobHandler = (job: RunningJob) => void;
