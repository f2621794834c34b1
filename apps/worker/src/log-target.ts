import type { Logger, LogLevel } from "@mod-gearman/base";
import type { WorkerOptions } from "@mod-gearman/config";
import {
  createLogger,
  fileSink,
  type LogSink,
  type LogStream,
  levelFromDebug,
  type SyslogSink,
  streamSink,
  syslogSink,
} from "@mod-gearman/observe";

export interface StandardStreams {
  readonly stdout: LogStream & { readonly isTTY?: boolean };
  readonly stderr: LogStream & { readonly isTTY?: boolean };
}

/** Opens syslog. @throws LogError CANNOT_RUN */
type OpenSyslog = (onProblem: (error: Error) => void) => SyslogSink;

const DEBUG_TO_STDERR = 3;

const toSyslog: OpenSyslog = (onProblem) => syslogSink({ tag: "mod_gearman_worker", onProblem });

/**
 * The log of the program: its destination follows the options in force, its `logger` stays the same object.
 * Source: worker.md 1.3 (`logmode`, `logfile`), 1.6.
 */
export class LogTarget {
  readonly #streams: StandardStreams;
  readonly #openSyslog: OpenSyslog;
  /** Undefined if the sink in force is not syslog. */
  #syslog: SyslogSink | undefined;
  #sink: LogSink;
  #isStream = true;
  #inner: Logger;
  readonly logger: Logger;

  constructor(streams: StandardStreams, openSyslog: OpenSyslog = toSyslog) {
    this.#streams = streams;
    this.#openSyslog = openSyslog;
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
   * Follows `options`. Reopens the log file even if its name is the same, for log rotation; syslog is
   * kept, so that a reload does not reorder lines.
   * @throws LogError CANNOT_OPEN; the old destination stays
   */
  follow(options: WorkerOptions): void {
    const { sink, colour, isStream = false, warning } = this.#open(options);
    this.#isStream = isStream;
    const old = this.#sink;
    this.#sink = sink;
    this.#inner = createLogger({ level: levelFromDebug(options.debug), sink, colour });
    if (old !== sink) old.close();
    if (this.#syslog !== sink) this.#syslog = undefined;
    if (warning !== undefined) this.logger.warn(warning);
  }

  /** Lines go to standard output or standard error, which a detached process has not. */
  get isStream(): boolean {
    return this.#isStream;
  }

  /** Waits at most a second for the last lines to syslog. */
  async close(): Promise<void> {
    if (this.#syslog === undefined) this.#sink.close();
    else await this.#syslog.close();
  }

  #open(options: WorkerOptions): Opened {
    const { logfile, logmode, debug } = options;
    const { stdout, stderr } = this.#streams;
    if (debug >= DEBUG_TO_STDERR) return toStream(stderr);
    if (logmode === "syslog") return this.#openedSyslog();
    if (logfile === "stderr") return toStream(stderr);
    const isFile = logmode === "automatic" || logmode === "file";
    if (!isFile || logfile === undefined) return toStream(stdout);
    return { sink: fileSink(logfile, { onProblem: this.#reportOnStderr }), colour: false };
  }

  #openedSyslog(): Opened {
    try {
      this.#syslog ??= this.#openSyslog(this.#reportOnStderr);
      return { sink: this.#syslog, colour: false };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const warning = `logmode syslog is not available, logging to stdout: ${reason}`;
      return { ...toStream(this.#streams.stdout), warning };
    }
  }

  readonly #reportOnStderr = (error: Error): void => void this.#streams.stderr.write(`${error.message}\n`);
}

interface Opened {
  readonly sink: LogSink;
  readonly colour: boolean;
  readonly isStream?: boolean;
  /** To be logged to `sink`. */
  readonly warning?: string;
}

function toStream(stream: LogStream & { readonly isTTY?: boolean }): Opened {
  return { sink: streamSink(stream), colour: stream.isTTY === true, isStream: true };
}
