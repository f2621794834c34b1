import { isResourceShortage as isShortage, type PluginOutcome } from "@mod-gearman/base";
import type { CommandPlan } from "./tokenize.ts";

/**
 * Limits of one command; each counts for the process itself and, inherited, for what it starts. Only the native
 * spawner has them: elsewhere such a run ends with `error.errno` `ENOTSUP` and nothing is started.
 */
export interface RunLimits {
  /** CPU time in seconds, above 0; at its end SIGXCPU, a second later SIGKILL (RLIMIT_CPU). */
  readonly cpuSeconds?: number;
  /** Address space in bytes, above 0; beyond it allocations fail (RLIMIT_AS). */
  readonly memoryBytes?: number;
  /** Highest descriptor plus one, above 0 (RLIMIT_NOFILE). */
  readonly openFiles?: number;
  /** Real, effective and saved ids. Needs root. */
  readonly runAs?: { readonly uid: number; readonly gid: number; readonly groups: readonly number[] };
  /** Folder of a cgroup v2 that the process joins before it starts. */
  readonly cgroup?: string;
}

/** One command to run. */
export interface RunRequest {
  /** Raw bytes as in the job; a NUL byte makes the run fail with EINVAL, more than ARG_MAX with E2BIG. */
  readonly commandLine: Buffer;
  /** How to run it, when the caller has tokenised it already. Default: `tokenize(commandLine)`. */
  readonly plan?: CommandPlan;
  /** Above 0. Counted from the start of the process. */
  readonly timeoutMs: number;
  /** Laid over the inherited environment; assignments in front of the command win. */
  readonly env?: Readonly<Record<string, string | Buffer>>;
  /** Bytes kept of each of stdout and stderr; the rest is read and counted. Default 10 MiB. */
  readonly maxOutputBytes?: number;
  /** True refuses the shell: a command that needs one ends with `error.errno` `ENOEXEC`. */
  readonly directOnly?: boolean;
  readonly limits?: RunLimits;
}

/** What came of one command. */
export interface RunOutcome extends PluginOutcome {
  /** How it was started; `error`: nothing was. */
  readonly exec: "exec" | "shell" | "error";
}

/**
 * True when the machine, not the command, is to blame that nothing was started. Such a run must not become a
 * check result (worker.md 4.6, D20).
 */
export function isResourceShortage(outcome: Pick<RunOutcome, "error">): boolean {
  return isShortage(outcome.error?.errno);
}
