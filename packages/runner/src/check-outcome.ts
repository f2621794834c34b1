import type { Micros, ResourceUsage } from "@mod-gearman/base";
import type { RunRequest } from "./outcome.ts";
import type { PathRestriction } from "./restrict-path.ts";

/** One check to run. */
export interface CheckRequest extends Omit<RunRequest, "plan" | "directOnly"> {
  /** `type` of the job: `host`, `service`, …; it decides the text of a timeout. */
  readonly type: string;
  /** `restrict_path`; none, or one without paths, allows every command. */
  readonly restrictTo?: PathRestriction | undefined;
  /** Called right before something runs that does not end in this turn: a program, embedded Perl, a check that waits. */
  readonly onBegin?: (() => void) | undefined;
}

/**
 * How a check was run. `epn`: in the embedded Perl interpreter; `error`: not at all, the worker itself failed or the
 * command line was too long.
 */
export type CheckExec = "shell" | "exec" | "epn" | "internal" | "bad_path" | "error";

/**
 * What came of a check. One that is `aborted` or a `shortage` was not executed and is no result: state and
 * text of it mean nothing.
 */
export interface CheckOutcome {
  /** How it was run, or would have been when the start failed. */
  readonly exec: CheckExec;
  /** 0–3. */
  readonly returnCode: number;
  /** What the plugin itself ended with, 0–255, before any rule; absent when a signal, a timeout or this worker ended it. */
  readonly exitCode?: number;
  /** Real line feeds, no NUL bytes, trimmed; any encoding. */
  readonly output: Buffer;
  readonly timedOut: boolean;
  /** The timeout that counted, of the request or of `negate`. */
  readonly timeoutMs: number;
  /** The worker stopped it. */
  readonly aborted: boolean;
  /** Out of descriptors, memory or processes: `problem` says which. */
  readonly shortage: boolean;
  /** Text of the system, or of the defect, when nothing could be run. For a log. */
  readonly problem?: string;
  /** `description` of the metrics, at most 128 characters. Source: worker.md 8.3. */
  readonly description: string;
  readonly startedAt: Micros;
  readonly finishedAt: Micros;
  /** Of the plugin, where the spawner knows it. */
  readonly usage?: ResourceUsage;
}
