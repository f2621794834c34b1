import type { ServerAddress } from "@mod-gearman/base";

/** Where results are kept on disk. */
export interface SpoolLocation {
  readonly folder: string;
  readonly maxBytes: number;
}

/** Settings of a `ResultRouter`, named as in the options of the worker. */
export interface RouterSettings {
  /** In order of preference. */
  readonly servers: readonly ServerAddress[];
  /** Each of them gets a copy of every result. */
  readonly dupservers: readonly ServerAddress[];
  readonly dupResultsArePassive: boolean;
  /** Most copies that wait for one dup server. */
  readonly dupserverBacklogQueueSize: number;
  /** Most results sent and not acknowledged; 0: no limit of its own. */
  readonly numResultWorker: number;
  /** Milliseconds to connect and to get a result accepted; 0: no limit. */
  readonly gearmanConnectionTimeoutMs: number;
  /** Absent: results wait in memory only. */
  readonly spool?: SpoolLocation | undefined;
}
