import type { LogLevel } from "@mod-gearman/base";

/** Severity of a line; `notice` is used by gearmand only. */
export type LineLevel = LogLevel | "notice";

const SEVERITY: Record<LogLevel, number> = { error: 0, warn: 1, info: 2, debug: 3, trace: 4 };

/** Whether a line of level `line` is written by a logger set to `limit`. */
export function levelAllows(limit: LogLevel, line: LogLevel): boolean {
  return SEVERITY[line] <= SEVERITY[limit];
}

/**
 * Level for the numeric `debug` option of worker and module: 0 and below `info`, 1 `debug`, 2 and above `trace`.
 * Source: worker.md 1.6, neb-module.md 1.6.
 */
export function levelFromDebug(debug: number): LogLevel {
  if (debug >= 2) return "trace";
  return debug >= 1 ? "debug" : "info";
}
