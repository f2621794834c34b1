import { statSync } from "node:fs";
import { dirname } from "node:path";
import { type Logger, type LogLevel, systemReason } from "@mod-gearman/base";
import type { GearmandOptions } from "@mod-gearman/config";
import {
  fileSink,
  type LogSink,
  type LogStream,
  nullSink,
  type SyslogSink,
  streamSink,
  syslogSink,
} from "@mod-gearman/observe";
import { createGearmandLogger, type GearmandLogger } from "./gearmand-logger.ts";

/** Where the program writes its log. */
export interface Log extends Omit<GearmandLogger, "bareNotice"> {
  /** After log rotation; a line says so. Without effect on stderr (X19). */
  reopen(): void;
  /** Waits a second at most for the last lines to syslog. */
  close(): Promise<void>;
}

/** What the log needs from outside. */
export interface LogWorld {
  readonly stderr: LogStream;
  /** One line without its line feed, for the caller of the program, with --daemon too. */
  printError(line: string): void;
  readonly pid: number;
  /** Folder of the process, for a message. */
  readonly cwd: string;
  readonly openSyslog: OpenSyslog;
}

/** Opens the way to syslog. @throws LogError CANNOT_RUN */
export type OpenSyslog = (onProblem: (error: Error) => void, pid: number) => SyslogSink;

/** To the `logger` of the machine. */
export const toSyslog: OpenSyslog = (onProblem, pid) => syslogSink({ tag: "gearmand", pid, onProblem });

/**
 * Opens the log that the options name, and syslog in addition (`--syslog`). A file that cannot be opened is reported on
 * stderr, which takes its place. Source: job-server.md 4.
 */
export function openLog(options: GearmandOptions, world: LogWorld): Log {
  const { verbose } = options;
  const sink = openSink(options.logFile, world);
  const main = createGearmandLogger(verbose, sink);
  const forProblems = sink === nullSink ? createGearmandLogger(verbose, streamSink(world.stderr)) : main;
  const syslog = options.syslog ? openOrReport(forProblems.logger, world) : undefined;
  const { logger, jobLogger, bareNotice } =
    syslog === undefined ? main : both(main, createGearmandLogger(verbose, syslog));
  return {
    logger,
    jobLogger,
    reopen() {
      bareNotice("SIGHUP, reopening log file");
      sink.reopen();
    },
    async close() {
      sink.close();
      await syslog?.close();
    },
  };
}

function openOrReport(logger: Logger, { openSyslog, pid }: LogWorld): SyslogSink | undefined {
  try {
    return openSyslog((error) => logger.error(error.message), pid);
  } catch (error) {
    logger.warn(`--syslog has no effect: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

/** Two logs of the same verbosity as one. */
function both(one: GearmandLogger, other: GearmandLogger): GearmandLogger {
  return {
    logger: bothLoggers(one.logger, other.logger),
    jobLogger: bothLoggers(one.jobLogger, other.jobLogger),
    bareNotice(text) {
      one.bareNotice(text);
      other.bareNotice(text);
    },
  };
}

function bothLoggers(one: Logger, other: Logger): Logger {
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

function openSink(logFile: string, world: LogWorld): LogSink {
  const { stderr, cwd } = world;
  if (logFile === "none") return nullSink;
  if (logFile === "stderr") return streamSink(stderr);
  const report = (text: string) => void stderr.write(`gearmand: ${text}\n`);
  try {
    statSync(dirname(logFile)); // gearmand makes no folders
    return fileSink(logFile, { onProblem: (error) => report(error.message) });
  } catch (error) {
    const reason = systemReason(error instanceof Error && error.cause instanceof Error ? error.cause : error);
    world.printError(
      `gearmand: Could not open log file "${logFile}", from "${cwd}", switching to stderr. (${reason})`,
    );
    return streamSink(stderr);
  }
}
