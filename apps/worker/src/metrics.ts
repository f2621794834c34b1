import type { ResultSizes } from "@mod-gearman/delivery";
import type { Execution } from "./job.ts";

/** Who wants to know about each check. */
export interface CheckObserver {
  /** @param type `host`, `service`, `eventhandler`, `notification` or `other` */
  checkEnded(type: string, execution: Execution): void;
}

/** The state of the worker when somebody asks for metrics. */
export interface WorkerFigures {
  readonly version: string;
  readonly identifier: string;
  readonly total: number;
  readonly busy: number;
  readonly ballooning: number;
  /** Plugins so far that were there a second after SIGKILL. */
  readonly unkillable: number;
  /** Jobs that were in hand when an earlier process died, not settled yet. */
  readonly suspects: number;
  /** Jobs so far that were not run because processes had died with them. */
  readonly refused: number;
  /** Results so far that were not sent, because of `workaround_rc_25`. */
  readonly withheld: number;
  readonly results: ResultSizes;
}

/** Metrics that are being served. */
export interface MetricsServer extends CheckObserver {
  /** `host:port` as in the options. */
  readonly address: string;
  close(): void;
}

/**
 * Serves metrics at an address; resolves when it listens.
 * @throws the system's error, e.g. EADDRINUSE
 */
export type ServeMetrics = (address: string, figures: () => WorkerFigures) => Promise<MetricsServer>;

/** Nobody wants to know. */
export const noObserver: CheckObserver = { checkEnded: () => undefined };
