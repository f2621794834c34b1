import type { ServerAddress } from "@mod-gearman/base";

/** Settings of check_gearman. Source: tools.md 3.1; the last group is ours. */
export interface CheckGearmanOptions {
  /** At least one, in the order given, no duplicates. */
  readonly servers: ServerAddress[];
  /** For the whole check; 0 = no limit. */
  readonly timeoutSeconds: number;
  /** Waiting jobs per queue; 0 = off. */
  readonly warningJobs: number;
  readonly criticalJobs: number;
  /** Workers per queue at or above which to alert; 0 = off. */
  readonly warningWorkers: number;
  readonly criticalWorkers: number;
  /** Only this queue; target of the job in worker mode. Never empty. */
  readonly queue?: Buffer;
  readonly criticalWithoutWorker: boolean;
  /** Payload of the job; presence means worker mode. May be empty. */
  readonly send?: Buffer;
  /** Text that the answer must hold. May be empty. */
  readonly expect?: Buffer;
  /** Do not wait for the answer. */
  readonly background: boolean;
  readonly unique: Buffer;
  /** Number of `-v`. */
  readonly verbose: number;

  /** Regular expressions over queue names that compile; a queue is looked at when one of them matches. */
  readonly include: string[];
  /** A queue that one of them matches is left out, also an included one. */
  readonly exclude: string[];
  /** Leave out status queues of workers that have been gone for this long; absent: off. */
  readonly staleAfterSeconds?: number;
  /** File that remembers since when they are gone. */
  readonly staleState?: string;
  /** Send a test job through key, queue, worker and result path. */
  readonly selfTest: boolean;
  /** Queue of the test job: the worker queue that is to be tested. */
  readonly selfTestQueue?: Buffer;
  /** Queue that the result of the test job is awaited on; absent: one of its own. */
  readonly resultQueue?: Buffer;
  readonly encryption: boolean;
  /** Password bytes (key file rule applied). Present when `encryption` is on. */
  readonly key?: Buffer;
}

/** Settings of gearman_top. Source: tools.md 2.1; `colours` is ours. */
export interface TopOptions {
  /** At least one, in the order given, no duplicates. */
  readonly servers: ServerAddress[];
  /** Between two refreshes, above 0; 0 only in batch mode, where it means once. */
  readonly intervalSeconds: number;
  /** Whether the interval was given: batch mode prints once without. */
  readonly intervalGiven: boolean;
  readonly batch: boolean;
  /** Without queues that have neither workers nor jobs. */
  readonly hideEmpty: boolean;
  /** Per server and query; 0 = no limit. */
  readonly timeoutSeconds: number;
  readonly verbose: boolean;
  /** Never in batch mode. */
  readonly colours: boolean;
}
