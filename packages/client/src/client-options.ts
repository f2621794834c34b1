import type { ServerAddress } from "@mod-gearman/base";
import type { ConnectionOptions } from "./connection.ts";
import type { JobPriority } from "./submit-writer.ts";

/** Settings of a `ClientConnection`. Times are milliseconds. */
export interface ClientConnectionOptions extends ConnectionOptions {
  /** Maximum of unanswered requests, ≥ 1. Default 1024 (job-server.md 2.10). */
  readonly window?: number;
  /** Longest wait until a request is sent, connecting included, and again until its answer, ≥ 1. Default 30000. */
  readonly submitTimeoutMs?: number;
  /** Maximum of unsent requests, and of foreground jobs without result. Default 10000. */
  readonly maxQueued?: number;
  /** Maximum of bytes in unsettled requests. Default 64 MiB. */
  readonly maxQueuedBytes?: number;
  /** Default for `resend` of background jobs. Default false. */
  readonly resend?: boolean;
  /** Longest time `close` waits for answers and results. Default 5000. */
  readonly closeTimeoutMs?: number;
  /**
   * Ask every server for WORK_EXCEPTION; without it an exception arrives as a failure without text (job-server.md
   * 2.6). Default false.
   */
  readonly exceptions?: boolean;
  /**
   * Reject unsent requests with CONNECT_FAILED once every server of the list has refused, instead of retrying until
   * their timeout; for programs that send something and end. Default false.
   */
  readonly failWhenUnreachable?: boolean;
}

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
  /** Workload, any bytes. */
  readonly data: Buffer;
  readonly priority?: JobPriority;
  /** Resend if the connection ended before the answer. The job may then be executed twice. */
  readonly resend?: boolean;
}

/** An accepted job. */
export interface SubmittedJob {
  readonly handle: Buffer;
  /** The server that holds it. */
  readonly server: ServerAddress;
}

/** A job whose result comes back. It is never resent, as it may have side effects. */
export interface ForegroundJob extends Omit<BackgroundJob, "resend"> {
  /** Longest wait from the call to the result, milliseconds ≥ 1. Default: `submitTimeoutMs` of the connection. */
  readonly timeoutMs?: number;
  /** Maximum of bytes in all parts of the result. Default 16 MiB. */
  readonly maxDataBytes?: number;
}
