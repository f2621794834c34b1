import type { ServerAddress } from "@mod-gearman/base";

/** One `export=` line: which core events go to which queue. Source: neb-module.md 2.10. */
export interface ExportRule {
  readonly queue: Buffer;
  /** What the event handler returns to the core. */
  readonly returnCode: number;
  /** Callback numbers (NEBCALLBACK_*). */
  readonly callbacks: readonly number[];
}

/**
 * Settings of the broker module and its bridge. Names, queues and templates are the bytes of the file. Source:
 * neb-module.md 4.2; the last group is ours.
 */
export interface ModuleOptions {
  /** 0 info, 1 debug, 2 and above trace; not negative. */
  readonly debug: number;
  readonly logmode: "automatic" | "file" | "stdout" | "syslog" | "core";
  readonly logfile?: string;
  /** 0 = off. */
  readonly logStatsIntervalSeconds: number;

  /** At least one, in order of preference, no duplicates. */
  readonly servers: ServerAddress[];
  /** Accepted, unused by the module. */
  readonly dupservers: ServerAddress[];
  /** Milliseconds for connecting and for the answer to a submit; 0 = no limit. */
  readonly gearmanConnectionTimeoutMs: number;
  readonly encryption: boolean;
  /** Password bytes (key file rule applied), not yet cut or filled to 32. Present when `encryption` is on. */
  readonly key?: Buffer;
  readonly acceptClearResults: boolean;

  /** Queue choice after the by-hand rule (neb-module.md 4.3). */
  readonly hosts: boolean;
  readonly services: boolean;
  readonly eventhandler: boolean;
  readonly notifications: boolean;
  readonly hostgroups: Buffer[];
  readonly servicegroups: Buffer[];
  readonly localhostgroups: Buffer[];
  readonly localservicegroups: Buffer[];
  /** Name of the custom variable in upper case, as the core stores it without `_` in front. */
  readonly queueCustomVariable?: Buffer;
  readonly doHostchecks: boolean;
  readonly routeEventhandlerLikeChecks: boolean;
  readonly useUniqJobs: boolean;

  readonly resultQueue: Buffer;
  /** 0 = results are not fetched. */
  readonly resultWorkers: number;

  /** Queues for performance data; empty = off. */
  readonly perfdata: Buffer[];
  readonly perfdataSendAll: boolean;
  /** 1 overwrite (unique per object), 2 append. */
  readonly perfdataMode: 1 | 2;
  /** Control characters already replaced, no line feed at the end. */
  readonly hostPerfdataTemplate: Buffer;
  readonly servicePerfdataTemplate: Buffer;

  readonly orphanHostChecks: boolean;
  readonly orphanServiceChecks: boolean;
  readonly orphanReturn: 0 | 1 | 2 | 3;
  /** 0 = off. */
  readonly latencyFlattenWindowSeconds: number;
  readonly internalCheckDummy: boolean;
  readonly debugResult: boolean;
  readonly exports: ExportRule[];

  /** Path of a bridge that runs as its own service; absent: the shim starts one. */
  readonly bridgeSocket?: string;
  readonly bridgeCommand?: string;
  readonly bridgeArgs: string[];
  /** Name of this core where several share one machine. */
  readonly bridgeInstance?: Buffer;
  /** Checks while no bridge is there: not executed (`hold`), or executed by the core (`local`). */
  readonly checksWhenAway: "hold" | "local";
  /** Event handlers while no bridge is there: run by the core (`local`), or kept until it is back (`keep`). */
  readonly eventhandlersWhenAway: "local" | "keep";
  /** Add the `next_check` line of old module versions to check jobs. */
  readonly nextCheckLine: boolean;
}
