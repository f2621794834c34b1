import type { RefusalReason } from "@mod-gearman/crypto";
import type { ResultSizes } from "@mod-gearman/delivery";
import type { Execution } from "./job.ts";

export interface CheckObserver {
  /** @param type `host`, `service`, `eventhandler`, `notification` or `other` */
  checkEnded(type: string, execution: Execution): void;
}

export interface WorkerFigures {
  readonly version: string;
  readonly identifier: string;
  readonly total: number;
  readonly busy: number;
  readonly ballooning: number;
  /** Number of plugins that survived SIGKILL by a second. */
  readonly unkillable: number;
  /** Number of unsettled jobs that were running when an earlier process died. */
  readonly suspects: number;
  /** Number of jobs not run because two processes had died while they ran. */
  readonly refused: number;
  /** Number of results not sent because of `workaround_rc_25`. */
  readonly withheld: number;
  /** Number of jobs that version 2 of the envelope refused, by reason. */
  readonly unproven: ReadonlyMap<RefusalReason, number>;
  readonly results: ResultSizes;
}

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

export const noObserver: CheckObserver = { checkEnded: () => undefined };
