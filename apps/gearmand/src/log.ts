import type { GearmandOptions } from "@mod-gearman/config";
import {
  createLogger,
  fileSink,
  type Logger,
  type LogSink,
  type LogStream,
  levelFromVerbose,
  nullSink,
  streamSink,
} from "@mod-gearman/observe";

/** Where the program writes its log. */
export interface Log {
  readonly logger: Logger;
  /** After log rotation; without effect on stderr (X19). */
  reopen(): void;
  close(): void;
}

/** Opens the log that the options name; one that cannot be written goes to stderr, which is told there. */
export function openLog(options: GearmandOptions, stderr: LogStream, pid: number): Log {
  const sink = openSink(options.logFile, stderr);
  const logger = createLogger({ level: levelFromVerbose(options.verbose) ?? "error", sink, pid });
  return { logger, reopen: () => sink.reopen(), close: () => sink.close() };
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
