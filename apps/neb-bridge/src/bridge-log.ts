import { type Logger, type LogLevel, oneLine } from "@mod-gearman/base";
import type { ModuleOptions } from "@mod-gearman/config";
import {
  createLogger,
  fileSink,
  type LogSink,
  levelFromDebug,
  type SyslogSink,
  syslogSink,
} from "@mod-gearman/observe";

import type { CoreLink } from "./link/core-link.ts";
import { logTargetOf } from "./log-target.ts";

const LINK_LEVEL: Record<LogLevel, number> = { error: 0, warn: 1, info: 1, debug: 2, trace: 2 };
const ORDER: readonly LogLevel[] = ["error", "warn", "info", "debug", "trace"];
const MAX_TEXT = 2000;

/** Opens the way to syslog. @throws LogError CANNOT_RUN */
type OpenSyslog = (onProblem: (error: Error) => void) => SyslogSink;

const toSyslog: OpenSyslog = (onProblem) => syslogSink({ tag: "mod_gearman_bridge", onProblem });

/**
 * The log of the bridge: the core's log by LOG messages, a file, syslog, or standard output (neb-module.md 1.6).
 * Without a core, lines for it go to the own sink, standard error, so that none is lost; except debugging lines,
 * because the module reads a limited number of bytes per second from standard error of its bridge.
 */
export class BridgeLog implements Logger {
  readonly #problem: (text: string) => void;
  #level: LogLevel = "info";
  #target: ReturnType<typeof logTargetOf> = "core";
  readonly #openSyslog: OpenSyslog;
  #file: { sink: LogSink; logger: Logger } | undefined;
  #syslog: { sink: SyslogSink; logger: Logger } | undefined;
  readonly #ownLogger: Logger;
  readonly #output: LogSink;
  #outputLogger: Logger;
  #link: CoreLink | undefined;

  constructor(own: LogSink, output: LogSink, openSyslog: OpenSyslog = toSyslog) {
    this.#output = output;
    this.#openSyslog = openSyslog;
    this.#ownLogger = createLogger({ level: "info", sink: own });
    this.#outputLogger = createLogger({ level: "info", sink: output });
    this.#problem = (text) => this.#toCore("error", text);
  }

  attach(link: CoreLink | undefined): void {
    this.#link = link;
  }

  /** Applies log mode, file and level of a configuration; reopens the file (log rotation and reload). */
  configure(options: ModuleOptions): void {
    this.#level = levelFromDebug(options.debug);
    this.#outputLogger = createLogger({ level: this.#level, sink: this.#output });
    this.#target = logTargetOf(options);
    this.#file?.sink.close();
    this.#file = undefined;
    if (this.#target === "syslog") this.#toSyslog();
    else void this.#endSyslog();
    if (this.#target === "file") this.#toFile(options.logfile ?? "");
  }

  #toFile(path: string): void {
    try {
      const sink = fileSink(path, { onProblem: (error) => this.#problem(error.message) });
      this.#file = { sink, logger: createLogger({ level: this.#level, sink }) };
    } catch {
      this.#target = "core";
      this.#problem(`error opening logfile: ${path}`);
    }
  }

  /** One `logger` for the whole life of the bridge, so that a reload does not reorder lines. */
  #toSyslog(): void {
    try {
      const sink = this.#syslog?.sink ?? this.#openSyslog((error) => this.#problem(error.message));
      this.#syslog = { sink, logger: createLogger({ level: this.#level, sink }) };
    } catch (error) {
      this.#target = "core";
      const reason = error instanceof Error ? error.message : String(error);
      this.#toCore("warn", `logmode syslog has no effect: ${reason}`);
    }
  }

  async #endSyslog(): Promise<void> {
    const ending = this.#syslog;
    this.#syslog = undefined;
    await ending?.sink.close();
  }

  isEnabled(level: LogLevel): boolean {
    return ORDER.indexOf(level) <= ORDER.indexOf(this.#level);
  }

  error(text: string): void {
    this.#write("error", text);
  }
  warn(text: string): void {
    this.#write("warn", text);
  }
  info(text: string): void {
    this.#write("info", text);
  }
  debug(text: string): void {
    this.#write("debug", text);
  }
  trace(text: string): void {
    this.#write("trace", text);
  }

  /** An error that the administrator of the core has to see: in the core's log as well, wherever this log goes. */
  errorInCore(text: string): void {
    const alsoElsewhere = this.#file !== undefined || this.#syslog !== undefined || this.#target === "output";
    if (alsoElsewhere) this.error(text);
    this.#toCore("error", text);
  }

  /** Waits at most a second for the last lines to syslog. */
  async close(): Promise<void> {
    this.#file?.sink.close();
    await this.#endSyslog();
  }

  #write(level: LogLevel, text: string): void {
    if (!this.isEnabled(level)) return;
    if (this.#file !== undefined) this.#file.logger[level](text);
    else if (this.#syslog !== undefined) this.#syslog.logger[level](text);
    else if (this.#target === "output") this.#outputLogger[level](text);
    else this.#toCore(level, text);
  }

  #toCore(level: LogLevel, text: string): void {
    const line = Buffer.from(oneLine(text, MAX_TEXT));
    const sent = this.#link?.send({ name: "LOG", level: LINK_LEVEL[level], text: line }) ?? false;
    if (!sent) this.#ownLogger[level](text);
  }
}
