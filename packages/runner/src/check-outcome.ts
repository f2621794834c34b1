import type { Micros, ResourceUsage } from "@mod-gearman/base";
import type { RunRequest } from "./outcome.ts";
import type { PathRestriction } from "./restrict-path.ts";

export interface CheckRequest extends Omit<RunRequest, "plan" | "directOnly"> {
  /** `type` of the job: `host`, `service`, …; it decides the text of a timeout. */
  readonly type: string;
  /** `restrict_path`; undefined or without paths: every command is allowed. */
  readonly restrictTo?: PathRestriction | undefined;
  /**
   * Called directly before anything starts that does not end in this turn: a program, embedded Perl, a check
   * that waits.
   */
  readonly onBegin?: (() => void) | undefined;
}

/**
 * How a check was run. `epn`: in the embedded Perl interpreter; `error`: not at all, the worker itself failed or the
 * command line was too long.
 */
export type CheckExec = "shell" | "exec" | "epn" | "internal" | "bad_path" | "error";

/**
 * How a check ended. If `aborted` or `shortage` is true it was not executed: state and text are meaningless and must not be
 * sent as a result.
 */
export interface CheckOutcome {
  /** How it was run, or would have been if the start had not failed. */
  readonly exec: CheckExec;
  /** 0–3. */
  readonly returnCode: number;
  /** Exit code of the plugin, 0–255, before any rule; absent if a signal, a timeout or this worker ended it. */
  readonly exitCode?: number | undefined;
  /** Real line feeds, no NUL bytes, trimmed; any encoding. */
  readonly output: Buffer;
  readonly timedOut: boolean;
  /** The timeout that applied: that of the request or of `negate`. */
  readonly timeoutMs: number;
  /** Stopped by the worker. */
  readonly aborted: boolean;
  /** Out of descriptors, memory or processes: `problem` says which. */
  readonly shortage: boolean;
  /** Text of the system or of the defect if nothing could be run. For the log. */
  readonly problem?: string | undefined;
  /** `description` of the metrics, at most 128 characters. Source: worker.md 8.3. */
  readonly description: string;
  readonly startedAt: Micros;
  readonly finishedAt: Micros;
  /** Of the plugin; undefined if the engine does not know it. */
  readonly usage?: ResourceUsage | undefined;
}
