import { isResourceShortage as isShortage } from "@mod-gearman/base";
import type { CommandPlan } from "./tokenize.ts";

/** Microseconds since 1970. */
export type Micros = bigint;

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

/** What a command and the children it has waited for have used. */
export interface ResourceUsage {
  readonly userMicros: number;
  readonly systemMicros: number;
  /** The largest resident set of one of these processes. */
  readonly maxRssBytes: number;
  /** What it took to compile the plugin for this run; embedded Perl only. */
  readonly compileMicros?: number;
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

/**
 * What came of one command. Exactly one of `exitCode`, `signal`, `error`, unless timed out or aborted. None of them: the
 * exit status is lost, another part of this process has waited for the plugin.
 */
export interface RunOutcome {
  /** How it was started; `error`: nothing was. */
  readonly exec: "exec" | "shell" | "error";
  /** 0–255. */
  readonly exitCode?: number;
  readonly signal?: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  /** The leader outlived `timeoutMs` and the group was killed. */
  readonly timedOut: boolean;
  /** `abortAll` ended it: the command counts as not executed. */
  readonly aborted: boolean;
  readonly startedAt: Micros;
  readonly finishedAt: Micros;
  /** Symbolic errno name and the text of the system, when nothing was started. */
  readonly error?: { readonly errno: string; readonly text: string };
  /** Output beyond `maxOutputBytes`, both streams together. */
  readonly truncatedBytes: number;
  /** Of the reaped process; only the native spawner knows it. */
  readonly usage?: ResourceUsage;
}

/**
 * True when the machine, not the command, is to blame that nothing was started. Such a run must not become a
 * check result (worker.md 4.6, D20).
 */
export function isResourceShortage(outcome: Pick<RunOutcome, "error">): boolean {
  return isShortage(outcome.error?.errno);
}
