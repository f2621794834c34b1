/** Severity of a log line, most severe first. */
export type LogLevel = "error" | "warn" | "info" | "debug" | "trace";

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

/**
 * Level for gearmand's `--verbose` words (exact upper case). `undefined` for any other word, which gearmand
 * refuses. NOTICE counts as `info`; FATAL, ALERT and CRITICAL as `error`. Source: job-server.md 4.
 */
export function levelFromVerbose(word: string): LogLevel | undefined {
  switch (word) {
    case "FATAL":
    case "ALERT":
    case "CRITICAL":
    case "ERROR":
      return "error";
    case "WARNING":
      return "warn";
    case "NOTICE":
    case "INFO":
      return "info";
    case "DEBUG":
      return "debug";
    default:
      return undefined;
  }
}
