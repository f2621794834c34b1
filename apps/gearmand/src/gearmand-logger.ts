import { type Logger, type LogLevel, oneLine } from "@mod-gearman/base";
import { VERBOSITY, type Verbosity } from "@mod-gearman/config";
import type { LineLevel, LogSink } from "@mod-gearman/observe";

/** Severities that this program logs with, and their levels in syslog. */
const LINE_LEVELS = {
  ERROR: "error",
  WARNING: "warn",
  NOTICE: "notice",
  INFO: "info",
  DEBUG: "debug",
} as const;
type Severity = keyof typeof LINE_LEVELS;
const LEVELS: readonly LogLevel[] = ["error", "warn", "info", "debug", "trace"];

/** Longest text of a line in UTF-16 units; the rest is cut and counted. */
const MAX_TEXT_LENGTH = 16_384;
const SEVERITY_WIDTH = 7;
/** Printed where gearmand prints the name of the thread. */
const IDENTITY = "[  main ]";

/** Whether `--verbose=limit` shows lines of `severity`. */
export function isShown(severity: Verbosity, limit: Verbosity): boolean {
  return VERBOSITY.indexOf(severity) <= VERBOSITY.indexOf(limit);
}

/** Writes lines as gearmand does: severity, local time, thread, text. */
export interface GearmandLogger {
  /** `trace` is logged as DEBUG. */
  readonly logger: Logger;
  /** Its `info` is NOTICE, the level at which gearmand reports jobs. */
  readonly jobLogger: Logger;
  /** NOTICE without time and thread, at any verbosity, as gearmand logs on SIGHUP. */
  bareNotice(text: string): void;
}

/**
 * Logger in gearmand's format, without the `-> file:line` at the end. One call is one line: control characters in the text
 * are printed as `\n`, `\t` or `\x1b`. Source: job-server.md 4 "Log line".
 *
 * @param clock default the wall clock
 */
export function createGearmandLogger(
  verbose: Verbosity,
  sink: LogSink,
  clock: () => Date = () => new Date(),
): GearmandLogger {
  const write = (severity: Severity, text: string, stamp: string): void => {
    const level: LineLevel = LINE_LEVELS[severity];
    sink.write(`${severity.padStart(SEVERITY_WIDTH)} ${stamp}${oneLine(text, MAX_TEXT_LENGTH)}`, level);
  };
  const loggerWith = (severityOf: Record<LogLevel, Severity>): Logger => {
    // no Set: each job asks
    const shown = Object.fromEntries(LEVELS.map((level) => [level, isShown(severityOf[level], verbose)]));
    const at = (level: LogLevel) => (text: string) => {
      const severity = severityOf[level];
      if (shown[level] === true) write(severity, text, `${printTime(clock(), verbose)} ${IDENTITY} `);
    };
    return {
      error: at("error"),
      warn: at("warn"),
      info: at("info"),
      debug: at("debug"),
      trace: at("trace"),
      isEnabled: (level) => shown[level] === true,
    };
  };
  const usual = { error: "ERROR", warn: "WARNING", info: "INFO", debug: "DEBUG", trace: "DEBUG" } as const;
  return {
    logger: loggerWith(usual),
    jobLogger: loggerWith({ ...usual, info: "NOTICE" }),
    bareNotice: (text) => write("NOTICE", text, ""),
  };
}

/** Local time with microseconds, which are zero below DEBUG, as in gearmand. */
function printTime(time: Date, verbose: Verbosity): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  const milliseconds = verbose === "DEBUG" ? time.getMilliseconds() : 0;
  return `${day} ${clock}.${String(milliseconds).padStart(3, "0")}000`;
}
