import type { ServerAddress } from "@mod-gearman/base";
import type { ConnectionOptions } from "./connection.ts";
import type { JobPriority } from "./submit-writer.ts";

/** Settings of a `ClientConnection`. Times are milliseconds. */
export interface ClientConnectionOptions extends ConnectionOptions {
  /** Most requests sent and not answered, 1…. Default 1024 (job-server.md 2.10). */
  readonly window?: number;
  /** Most time until a request is sent, waiting for a connection included, and again until its answer, at least 1. Default 30000. */
  readonly submitTimeoutMs?: number;
  /** Most requests that wait to be sent, and most foreground jobs that wait for their result. Default 10000. */
  readonly maxQueued?: number;
  /** Most bytes of requests that are not settled. Default 64 MiB. */
  readonly maxQueuedBytes?: number;
  /** Default of the background jobs' `resend`. Default false. */
  readonly resend?: boolean;
  /** Most time `close` waits for answers and results. Default 5000. */
  readonly closeTimeoutMs?: number;
  /**
   * Ask every server for WORK_EXCEPTION; without it an exception arrives as a failure without text (job-server.md
   * 2.6). Default false.
   */
  readonly exceptions?: boolean;
  /**
   * Reject what waits with CONNECT_FAILED when no server of the list accepts, instead of trying again until it
   * is overdue; for programs that do one thing and end. Default false.
   */
  readonly failWhenUnreachable?: boolean;
}

/** A job to submit. The buffers are copied before the call returns. */
export interface BackgroundJob {
  /** Not empty, no NUL. */
  readonly function: Buffer;
  /**
   * Deduplication key, at most 63 bytes (gearmand 1.1.20 spoils 64), no NUL. Default, also if empty: a random UUID, as
   * libgearman does; without one a gearmand that stores its jobs would keep only the last job of a function. It stays
   * the same when the connection sends the job again; a caller that submits again itself passes one (`randomUnique`).
   */
  readonly unique?: Buffer;
  /** Workload, any bytes. */
  readonly data: Buffer;
  readonly priority?: JobPriority;
  /** Send again when the connection ended before the answer. The job may then exist twice. */
  readonly resend?: boolean;
}

/** An accepted job. */
export interface SubmittedJob {
  readonly handle: Buffer;
  /** The server that holds it. */
  readonly server: ServerAddress;
}

/** A job whose result is wanted. It is never sent again by itself: it may have side effects. */
export interface ForegroundJob extends Omit<BackgroundJob, "resend"> {
  /** Most milliseconds from the call to the result, at least 1. Default: `submitTimeoutMs` of the connection. */
  readonly timeoutMs?: number;
  /** Most bytes of data, all parts together. Default 16 MiB. */
  readonly maxDataBytes?: number;
}
