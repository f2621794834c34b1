import { type Logger, type LogLevel, oneLine } from "@mod-gearman/base";
import { levelAllows } from "./levels.ts";
import type { LogSink } from "./sink.ts";

export interface LoggerOptions {
  level: LogLevel;
  sink: LogSink;
  /** Time of a line, printed in local time. Default: the wall clock. */
  clock?: () => Date;
  /** Process id of a line. Default: that of this process. */
  pid?: number;
  /** Colour WARN and ERROR lines; only for a terminal. */
  colour?: boolean;
  /** Longest text in UTF-16 units; the rest is cut and counted. Default 16384. */
  maxTextLength?: number;
}

const DEFAULT_MAX_TEXT_LENGTH = 16_384;
const LABEL: Record<LogLevel, string> = {
  error: "ERROR",
  warn: "WARN ",
  info: "INFO ",
  debug: "DEBUG",
  trace: "TRACE",
};
const COLOUR: Partial<Record<LogLevel, string>> = { error: "\u001b[31m", warn: "\u001b[33m" };
const COLOUR_OFF = "\u001b[0m";

/**
 * Writes `[YYYY-MM-DD HH:MM:SS.mmm][pid][LEVEL] text`, LEVEL five characters wide. One call is one line: control characters
 * in the text are printed as `\n`, `\t` or `\x1b`. A sink that adds time and process id itself gets `[LEVEL] text`. Source: worker.md 1.6 (TS).
 */
export function createLogger(options: LoggerOptions): Logger {
  const clock = options.clock ?? (() => new Date());
  const pid = options.pid ?? process.pid;
  const maxLength = options.maxTextLength ?? DEFAULT_MAX_TEXT_LENGTH;
  return leveled(
    (level) => levelAllows(options.level, level),
    (level, text) => {
      const stamp = options.sink.addsTimeAndPid === true ? "" : `[${printTime(clock())}][${pid}]`;
      const line = `${stamp}[${LABEL[level]}] ${oneLine(text, maxLength)}`;
      const colour = options.colour === true ? COLOUR[level] : undefined;
      options.sink.write(colour === undefined ? line : `${colour}${line}${COLOUR_OFF}`, level);
    },
  );
}

/** Logger for tests: keeps every line as `<level>: <text>`, e.g. `warn: job server is away`. */
export function memoryLogger(): Logger & { lines: string[] } {
  const lines: string[] = [];
  const logger = leveled(
    () => true,
    (level, text) => lines.push(`${level}: ${text}`),
  );
  return { ...logger, lines };
}

function leveled(
  isEnabled: (level: LogLevel) => boolean,
  write: (level: LogLevel, text: string) => void,
): Logger {
  const at = (level: LogLevel) => (text: string) => {
    if (isEnabled(level)) write(level, text);
  };
  return {
    error: at("error"),
    warn: at("warn"),
    info: at("info"),
    debug: at("debug"),
    trace: at("trace"),
    isEnabled,
  };
}

function printTime(time: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  return `${day} ${clock}.${String(time.getMilliseconds()).padStart(3, "0")}`;
}
