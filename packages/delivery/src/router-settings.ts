import type { ServerAddress } from "@mod-gearman/base";

export interface SpoolLocation {
  readonly folder: string;
  readonly maxBytes: number;
}

/** Settings of a `ResultRouter`, named as in the options of the worker. */
export interface RouterSettings {
  readonly servers: readonly ServerAddress[];
  /** Each gets a copy of every result. */
  readonly dupservers: readonly ServerAddress[];
  readonly dupResultsArePassive: boolean;
  /** Maximum of copies held for one dup server. */
  readonly dupserverBacklogQueueSize: number;
  /** Maximum of unacknowledged results; 0: no separate limit. */
  readonly numResultWorker: number;
  /** Milliseconds to connect and to get a result accepted; 0: no limit. */
  readonly gearmanConnectionTimeoutMs: number;
  /** Absent: results are held in memory only. */
  readonly spool?: SpoolLocation | undefined;
}
