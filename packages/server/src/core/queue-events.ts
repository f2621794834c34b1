import type { AdmissionRules } from "./admission.ts";
import type { DropReason } from "./counts.ts";
import type { Job, JobFunction } from "./entities.ts";
import type { QueueLimitRule } from "./queue-limits.ts";
import type { SelectionRules } from "./selection.ts";

export interface QueueRules extends SelectionRules, AdmissionRules {
  readonly queueLimits: readonly QueueLimitRule[];
  /** Up to 52 bytes, latin1: a handle has at most 63. */
  readonly handlePrefix: string;
  /** Attempts per job, 0 = unlimited. */
  readonly jobRetries: number;
  /** Sleeping workers woken per job, 0 = all. */
  readonly workerWakeup: number;
  readonly maxFunctions: number;
  readonly maxFunctionsPerConnection: number;
}

export interface QueueEvents {
  /** Not called for a job that joined another one. */
  accepted(job: Job): void;
  /** A worker exceeded the time limit of CAN_DO_TIMEOUT. */
  timedOut(job: Job): void;
  /** Lost by workers more often than `--job-retries` permits. */
  retriesUsedUp(job: Job): void;
  /** A job of the function, or a request for one, was dropped because of a limit. */
  dropped(jobFunction: JobFunction, reason: DropReason): void;
  /** Twice a second while there are jobs. */
  tick(): void;
  /** Called once per job, for any reason. */
  gone(job: Job): void;
  /** A function was not created because of `maxFunctions`. */
  tooManyFunctions(): void;
}
