import type { ConnectionOptions } from "../connection/connection.ts";

/** Times are milliseconds. */
export interface ClientConnectionOptions extends ConnectionOptions {
  /** Maximum of unanswered requests, ≥ 1. Default 1024 (job-server.md 2.10). */
  readonly window?: number;
  /** Longest wait until a request is sent, connecting included, and again until its answer, ≥ 1. Default 30000. */
  readonly submitTimeoutMs?: number;
  /** Maximum of unsent requests, and of foreground jobs without result. Default 10000. */
  readonly maxQueued?: number;
  /** Maximum of bytes in unsettled requests. Default 64 MiB. */
  readonly maxQueuedBytes?: number;
  /** For background jobs that do not set `resend`. Default false. */
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
  /**
   * Reject unsent requests with CONNECTION_LOST when the connection ends, for a caller that has another server for them.
   * Default false.
   */
  readonly failWhenLost?: boolean;
  /**
   * Send no more requests once none has been answered for this long, so that a server that hangs holds only few of
   * them. Default: no limit.
   */
  readonly maxSilenceMs?: number;
}
