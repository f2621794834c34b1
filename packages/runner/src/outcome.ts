import type { PluginLimits } from "@mod-gearman/addon";
import { isResourceShortage as isShortage, type PluginOutcome } from "@mod-gearman/base";
import type { CommandPlan } from "./tokenize.ts";

export interface RunRequest {
  /** Raw bytes as in the job; a NUL byte makes the run fail with EINVAL, more than ARG_MAX with E2BIG. */
  readonly commandLine: Buffer;
  /** How to run it, if already tokenised by the caller. Default: `tokenize(commandLine)`. */
  readonly plan?: CommandPlan | undefined;
  /** Above 0, from the start of the process. */
  readonly timeoutMs: number;
  /** Added to the inherited environment; assignments in front of the command take precedence. */
  readonly env?: Readonly<Record<string, string | Buffer>> | undefined;
  /** Bytes kept of each of stdout and stderr; the rest is read and only counted. Default 10 MiB. */
  readonly maxOutputBytes?: number | undefined;
  /** True refuses the shell: a command that needs one ends with `error.errno` `ENOEXEC`. */
  readonly directOnly?: boolean | undefined;
  /** Native engine only: with the other one the run ends with `error.errno` `ENOTSUP`, nothing is started. */
  readonly limits?: PluginLimits | undefined;
}

export interface RunOutcome extends PluginOutcome {
  /** `error`: no process was started. */
  readonly exec: "exec" | "shell" | "error";
}

/**
 * True if nothing was started because of the machine, not the command. Such a run must not become a check
 * result (worker.md 4.6, D20).
 */
export function isResourceShortage(outcome: Pick<RunOutcome, "error">): boolean {
  return isShortage(outcome.error?.errno);
}
