/** Microseconds since 1970. */
export type Micros = bigint;

/** Resource usage of a command and its reaped children. */
export interface ResourceUsage {
  readonly userMicros: number;
  readonly systemMicros: number;
  /** The largest resident set of one of these processes. */
  readonly maxRssBytes: number;
  /** CPU time to compile the plugin for this run; embedded Perl only. */
  readonly compileMicros?: number;
}

/**
 * The end of one plugin. Exactly one of `exitCode`, `signal`, `error`, unless it timed out or was aborted.
 * None of them: the exit status is lost, because another part of this process reaped the plugin.
 */
export interface PluginOutcome {
  /** 0–255. */
  readonly exitCode?: number;
  readonly signal?: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  /** It was still running after its timeout and the group was killed. */
  readonly timedOut: boolean;
  /** It was stopped because the worker ends: the command counts as not executed. */
  readonly aborted: boolean;
  readonly startedAt: Micros;
  readonly finishedAt: Micros;
  /** Symbolic errno name and the text of the system, if nothing was started. */
  readonly error?: { readonly errno: string; readonly text: string };
  /** Output beyond the limit, both streams together. */
  readonly truncatedBytes: number;
  /** Of the reaped process; undefined if the engine does not know it. */
  readonly usage?: ResourceUsage;
}
