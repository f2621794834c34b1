import type { CommandPlan } from "./tokenize.ts";

/** Microseconds since 1970. */
export type Micros = bigint;

/** One command to run. */
export interface RunRequest {
  /** Raw bytes as in the job; a NUL byte makes the run fail with EINVAL. */
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
}

/** What came of one command. Exactly one of `exitCode`, `signal`, `error`, unless timed out or aborted. */
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
}

const SHORTAGES = new Set(["EMFILE", "ENFILE", "ENOMEM", "EAGAIN"]);

/**
 * True when the machine, not the command, is to blame that nothing was started: out of descriptors, memory,
 * processes. Such a run must not become a check result (worker specification 4.6, D20).
 */
export function isResourceShortage(outcome: RunOutcome): boolean {
  return outcome.error !== undefined && SHORTAGES.has(outcome.error.errno);
}
