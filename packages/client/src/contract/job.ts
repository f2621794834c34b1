import type { ServerAddress } from "@mod-gearman/base";

/** Applies inside one function on the server. */
export type JobPriority = "high" | "normal" | "low";

/** A background job to submit. The buffers are copied before the call returns. */
export interface BackgroundJob {
  /** Not empty, no NUL. */
  readonly function: Buffer;
  /**
   * Deduplication key, at most 63 bytes (gearmand 1.1.20 corrupts 64), no NUL. Default, also if empty: a random UUID, as
   * libgearman does; without one a gearmand that stores its jobs would keep only the last job of a function. The
   * connection keeps the key when it resends the job; a caller that resubmits must pass one (`randomUnique`).
   */
  readonly unique?: Buffer;
  /** Any bytes. */
  readonly data: Buffer;
  readonly priority?: JobPriority;
  /** Resend if the connection ended before the answer. The job may then be executed twice. */
  readonly resend?: boolean;
}

export interface SubmittedJob {
  readonly handle: Buffer;
  readonly server: ServerAddress;
}

/** A job whose result comes back. It is never resent, as it may have side effects. */
export interface ForegroundJob extends Omit<BackgroundJob, "resend"> {
  /** Longest wait from the call to the result, milliseconds ≥ 1. Default: `submitTimeoutMs` of the connection. */
  readonly timeoutMs?: number;
  /** Maximum of bytes in all parts of the result. Default 16 MiB. */
  readonly maxDataBytes?: number;
}
