import type { GearmandOptions } from "@mod-gearman/config";
import {
  createLogger,
  fileSink,
  type Logger,
  type LogLevel,
  type LogSink,
  type LogStream,
  levelFromVerbose,
  nullSink,
  type SyslogSink,
  streamSink,
  syslogSink,
} from "@mod-gearman/observe";

/** Where the program writes its log. */
export interface Log {
  readonly logger: Logger;
  /** After log rotation; without effect on stderr (X19). */
  reopen(): void;
  /** Waits a second at most for the last lines to syslog. */
  close(): Promise<void>;
}

/** Opens the way to syslog. @throws LogError CANNOT_RUN */
export type OpenSyslog = (onProblem: (error: Error) => void, pid: number) => SyslogSink;

const toSyslog: OpenSyslog = (onProblem, pid) => syslogSink({ tag: "gearmand", pid, onProblem });

/**
 * Opens the log that the options name, and syslog in addition (`--syslog`). What cannot be opened is told: a file
 * that cannot be written goes to stderr. Source: job-server.md 4.
 */
export function openLog(
  options: GearmandOptions,
  stderr: LogStream,
  pid: number,
  openSyslog: OpenSyslog = toSyslog,
): Log {
  const level = levelFromVerbose(options.verbose) ?? "error";
  const sink = openSink(options.logFile, stderr);
  const main = createLogger({ level, sink, pid });
  const told = sink === nullSink ? createLogger({ level, sink: streamSink(stderr), pid }) : main;
  const syslog = options.syslog ? openOrTell(openSyslog, told, pid) : undefined;
  return {
    logger: syslog === undefined ? main : both(main, createLogger({ level, sink: syslog, pid })),
    reopen: () => sink.reopen(),
    async close() {
      sink.close();
      await syslog?.close();
    },
  };
}

function openOrTell(open: OpenSyslog, logger: Logger, pid: number): SyslogSink | undefined {
  try {
    return open((error) => logger.error(error.message), pid);
  } catch (error) {
    logger.warn(`--syslog has no effect: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

/** Two loggers of the same level as one. */
function both(one: Logger, other: Logger): Logger {
  const at = (level: LogLevel) => (text: string) => {
    one[level](text);
    other[level](text);
  };
  return {
    error: at("error"),
    warn: at("warn"),
    info: at("info"),
    debug: at("debug"),
    trace: at("trace"),
    isEnabled: (level) => one.isEnabled(level),
  };
}

function openSink(logFile: string, stderr: LogStream): LogSink {
  if (logFile === "none") return nullSink;
  if (logFile === "stderr") return streamSink(stderr);
  const tell = (error: unknown) =>
    stderr.write(`gearmand: ${error instanceof Error ? error.message : String(error)}\n`);
  try {
    return fileSink(logFile, { onProblem: tell });
  } catch (error) {
    tell(error);
    return streamSink(stderr);
  }
}
