import type { WorkerOptions } from "@mod-gearman/config";
import {
  createLogger,
  fileSink,
  type Logger,
  type LogLevel,
  type LogSink,
  type LogStream,
  levelFromDebug,
  streamSink,
} from "@mod-gearman/observe";

/** The streams of the process. */
export interface StandardStreams {
  readonly stdout: LogStream & { readonly isTTY?: boolean };
  readonly stderr: LogStream & { readonly isTTY?: boolean };
}

const DEBUG_TO_STDERR = 3;

/**
 * The log of the program; its destination follows the options in force while the rooms keep one logger.
 * Source: worker specification 1.3 (`logmode`, `logfile`), 1.6.
 */
export class LogTarget {
  readonly #streams: StandardStreams;
  #sink: LogSink;
  #inner: Logger;
  readonly logger: Logger;

  constructor(streams: StandardStreams) {
    this.#streams = streams;
    this.#sink = streamSink(streams.stderr);
    this.#inner = createLogger({ level: "warn", sink: this.#sink });
    const at = (level: LogLevel) => (text: string) => this.#inner[level](text);
    this.logger = {
      error: at("error"),
      warn: at("warn"),
      info: at("info"),
      debug: at("debug"),
      trace: at("trace"),
      isEnabled: (level) => this.#inner.isEnabled(level),
    };
  }

  /**
   * Follows `options`. Opens the log file anew even if its name is the same, so that log rotation works.
   * @throws LogError CANNOT_OPEN; the log goes on as it was
   */
  follow(options: WorkerOptions): void {
    const { sink, colour } = this.#open(options);
    const old = this.#sink;
    this.#sink = sink;
    this.#inner = createLogger({ level: levelFromDebug(options.debug), sink, colour });
    old.close();
    if (options.logmode === "syslog") this.logger.warn("logmode syslog is not available, logging to stdout");
  }

  close(): void {
    this.#sink.close();
  }

  #open(options: WorkerOptions): { sink: LogSink; colour: boolean } {
    const { logfile, logmode, debug } = options;
    const { stdout, stderr } = this.#streams;
    if (debug >= DEBUG_TO_STDERR || logfile === "stderr") return toStream(stderr);
    const isFile = logmode === "automatic" || logmode === "file";
    if (!isFile || logfile === undefined) return toStream(stdout);
    const onProblem = (error: Error) => stderr.write(`${error.message}\n`);
    return { sink: fileSink(logfile, { onProblem }), colour: false };
  }
}

function toStream(stream: LogStream & { readonly isTTY?: boolean }): { sink: LogSink; colour: boolean } {
  return { sink: streamSink(stream), colour: stream.isTTY === true };
}
