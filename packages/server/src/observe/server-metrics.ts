import type { DropCounts } from "../core/counts.ts";
import type { CloseReason } from "../core/errors.ts";
import type { Denied } from "../core/guard.ts";

/** One function. Counters start at its creation. */
export interface QueueMetrics {
  /** latin1 string of its bytes. */
  readonly name: string;
  /** Without a worker; those for a later time included. */
  readonly waiting: number;
  readonly running: number;
  /** Connections that registered the function. */
  readonly workers: number;
  /** Workloads of all its jobs. */
  readonly bytes: number;
  /** Time since the job that waits longest was queued, half a second exact; undefined if none waits. */
  readonly oldestWaitingSeconds: number | undefined;
  /** Jobs given to workers. */
  readonly grabs: number;
  /** Requests that joined another job. */
  readonly coalesced: number;
  /** Lost by workers and queued again. */
  readonly requeued: number;
  /** Moved to another function. */
  readonly moved: number;
  /** Jobs that were accepted and then dropped. */
  readonly dropped: DropCounts;
  /** Requests answered with `Job queue is full`. */
  readonly rejected: DropCounts;
  /** It has waiting jobs and idle workers that do not take them. */
  readonly isStalled: boolean;
  /** Its jobs are kept and not given to workers. */
  readonly isPaused: boolean;
}

/** The whole server. Counters start at its creation and include functions that exist no longer. */
export interface ServerTotals {
  readonly connections: number;
  readonly accepted: number;
  /** Connections refused because of `maxConnections`. */
  readonly turnedAway: number;
  /** Peers cut off in or after the TLS handshake. */
  readonly handshakesFailed: number;
  /** Requests refused for want of rights. */
  readonly denied: Readonly<Record<Denied, number>>;
  readonly functions: number;
  /** Waiting and running. */
  readonly jobs: number;
  readonly running: number;
  /** Jobs created; a request that joined another job creates none. */
  readonly jobsMade: number;
  /** Workloads of all jobs. */
  readonly bytes: number;
  readonly grabs: number;
  readonly coalesced: number;
  readonly requeued: number;
  readonly moved: number;
  readonly dropped: DropCounts;
  readonly rejected: DropCounts;
  /** Times that a function was found to be stalled. */
  readonly stalls: number;
  /** ERROR packets sent. */
  readonly refused: number;
  /** Connections that the server closed by itself, by reason. */
  readonly closed: Readonly<Partial<Record<CloseReason, number>>>;
}

/** Read by a page of metrics and by the text command `show counters`. */
export interface ServerMetrics {
  totals(): ServerTotals;
  /** In order of creation. Functions may be created and dropped during the iteration. */
  queues(): Iterable<QueueMetrics>;
}
