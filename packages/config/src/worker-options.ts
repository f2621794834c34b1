import type { ServerAddress } from "@mod-gearman/base";

/** Settings of the worker. Source: worker.md 1.3, whose text also gives the defaults. */
export interface WorkerOptions {
  readonly identifier: Buffer;
  /** 0 info, 1 debug, 2 trace, 3 trace to stderr. */
  readonly debug: number;
  readonly logmode: "automatic" | "file" | "stdout" | "syslog";
  /** `stderr` is special. */
  readonly logfile?: string;
  readonly debugResult: boolean;
  readonly daemon: boolean;
  readonly pidfile?: string;

  /** At least one, no duplicates. */
  readonly servers: ServerAddress[];
  readonly dupservers: ServerAddress[];
  readonly encryption: boolean;
  /** Password bytes (key file rule applied), not yet cut or filled to 32. Present when `encryption` is on. */
  readonly key?: Buffer;

  readonly hosts: boolean;
  readonly services: boolean;
  readonly eventhandler: boolean;
  readonly notifications: boolean;
  readonly hostgroups: Buffer[];
  readonly servicegroups: Buffer[];
  /** Queues to register, without the status queue, in the order of worker.md 2.1. Fresh array per call. */
  functions(): Buffer[];

  /** Oldest job that is still run; 0 = any. */
  readonly maxAgeSeconds: number;
  /** For jobs that carry no timeout; at least 1. */
  readonly jobTimeoutSeconds: number;
  readonly timeoutReturn: 0 | 1 | 2 | 3;

  /** At least 1, at most `maxWorker`. */
  readonly minWorker: number;
  readonly maxWorker: number;
  readonly idleTimeoutSeconds: number;
  readonly maxJobs: number;
  /** Slots per second. */
  readonly spawnRate: number;
  readonly sinkRate: number;
  /** 0 = automatic. */
  readonly numResultWorker: number;
  /** 0 = off. */
  readonly backgroundingThresholdSeconds: number;
  /** Each load limit of 0 becomes this times the number of CPUs; 0 = off. The worker does that sum. */
  readonly loadCpuMulti: number;
  readonly loadLimit1: number;
  readonly loadLimit5: number;
  readonly loadLimit15: number;
  /** Per cent of memory in use; 0 = off. */
  readonly memLimitPercent: number;

  readonly showErrorOutput: boolean;
  readonly workerNameInResult: "off" | "on" | "pre_perfdata";
  readonly dupResultsArePassive: boolean;
  readonly dupserverBacklogQueueSize: number;
  readonly restrictPath: string[];
  /** Bytes that a command line may not hold; they count only with `restrictPath`. */
  readonly restrictCommandCharacters: Buffer;
  readonly workaroundRc25: boolean;
  readonly forkOnExec: boolean;
  /** Milliseconds; 0 = no limit. */
  readonly gearmanConnectionTimeoutMs: number;

  readonly enableEmbeddedPerl: boolean;
  readonly useEmbeddedPerlImplicitly: boolean;
  readonly usePerlCache: boolean;
  readonly p1File?: string;
  readonly internalNegate: boolean;
  readonly internalCheckDummy: boolean;
  readonly internalCheckNscWeb: boolean;
  readonly internalCheckPrometheus: boolean;
  /** `host:port` to listen on. */
  readonly prometheusServer?: string;

  /** Processor seconds per plugin; absent: no limit. */
  readonly limitCpuSeconds?: number;
  /** Address space per plugin; absent: no limit. */
  readonly limitMemoryBytes?: number;
  /** Open files per plugin; absent: no limit. */
  readonly limitOpenFiles?: number;
  /** `user` or `user:group` that plugins run as. */
  readonly runAs?: string;
  /** Announce a personal queue for plugins that keep state in files. */
  readonly stickyState: boolean;
  /** Folder for results while no server is there; `false`: off; absent: the worker's own choice. */
  readonly resultSpool?: string | false;
  readonly resultSpoolBytes: number;
  /** Obey the drain job. */
  readonly allowDrainJob: boolean;
}
