import type { RowId, StoredJob } from "./stored-job.ts";

/** State of a store, for health checks and metrics. Counters start with the store. */
export interface StoreHealth {
  /** Background jobs are refused at once, since earlier ones could not be committed in time, or too much waits for a commit. */
  readonly isRefusing: boolean;
  /** Why the last attempt failed, or why jobs are refused; undefined after a successful one. */
  readonly reason: string | undefined;
  /** Changes that are not committed, and their size. */
  readonly pending: number;
  readonly pendingBytes: number;
  readonly commits: number;
  /** Changes in these commits. */
  readonly changes: number;
  /** Attempts that failed. */
  readonly failures: number;
  /** Jobs that were not stored. */
  readonly refused: number;
}

/** Keeps background jobs outside of the memory of a job server. */
export interface JobStore {
  /**
   * Opens the store and hands out what is in it.
   *
   * @throws StoreError CANNOT_OPEN, IN_USE, MISSING_DRIVER, UNAVAILABLE
   */
  open(replay: (job: StoredJob) => void): Promise<void>;
  /**
   * Stores a job, in one transaction with all that comes at the same time. `onDone` is called once, never during the call:
   * true if the job is durable, or was removed meanwhile, false if it is not stored.
   */
  add(job: StoredJob, onDone: (isStored: boolean) => void): void;
  /** Removes a row, later; retried until it succeeds. */
  remove(row: RowId): void;
  health(): StoreHealth;
  /** Makes the pending changes, as far as the store permits, then closes it. */
  close(): Promise<void>;
}
