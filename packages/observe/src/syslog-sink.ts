import { oneLine } from "@mod-gearman/base";
import { LogError } from "./errors.ts";
import type { LineLevel } from "./levels.ts";
import { LOGGER_COMMAND, type LoggerProcess, type StartLogger, startLogger } from "./logger-process.ts";
import { lostLines } from "./lost-lines.ts";
import type { LogSink } from "./sink.ts";
import { type SyslogFacility, syslogRecord } from "./syslog-record.ts";

/** Timers of a syslog sink. `keepsAlive`: the process must not end before it. @returns cancels it */
export type SyslogTimer = (then: () => void, afterMs: number, keepsAlive: boolean) => () => void;

/** Settings of {@link syslogSink}. */
export interface SyslogSinkOptions {
  /** Name of the program in front of each line. */
  readonly tag: string;
  /** Default `user`, as mod_gearman and gearmand. */
  readonly facility?: SyslogFacility;
  /** Process id of the lines; default the own one. */
  readonly pid?: number;
  /** Socket of syslog; default that of `logger`, /dev/log. */
  readonly socket?: string;
  /** Most bytes that wait for `logger`; further lines are dropped and counted. Default 1 MiB. */
  readonly maxWaitingBytes?: number;
  /** Told once when lines cannot be handed over any more, and again after a recovery. */
  readonly onProblem?: (error: LogError) => void;
  /** Default the one of util-linux on PATH. */
  readonly start?: StartLogger;
  readonly timer?: SyslogTimer;
}

/** Lines to syslog. */
export interface SyslogSink extends LogSink {
  readonly addsTimeAndPid: true;
  /** Hands over what waits, at most a second long; no line is written afterwards. Never rejects. */
  close(): Promise<void>;
}

/** Longer messages are split by logger; ours are shorter. */
const LOGGER_SIZE = 8192;
const DEFAULT_MAX_WAITING_BYTES = 1_048_576;
/** Bytes handed to the pipe at a time: what is not taken can be given to the next `logger`. */
const PIPE_BYTES = 65_536;
/** One that finds no socket of syslog ends within this time; it gets no line before. */
const SETTLE_MS = 200;
/** One that lives this long is well. */
const HEALTHY_MS = 30_000;
const FIRST_RETRY_MS = 1000;
const MAX_RETRY_MS = 60_000;
const CLOSE_WAIT_MS = 1000;
const MAX_REASON = 300;

const realTimer: SyslogTimer = (then, afterMs, keepsAlive) => {
  const timer = setTimeout(then, afterMs);
  if (!keepsAlive) timer.unref();
  return () => clearTimeout(timer);
};

/**
 * Lines to syslog through one child `logger` (util-linux 2.38), because Node has no datagram sockets in the file
 * system. The child is started anew, 1 to 60 s after its end; lines wait in memory meanwhile. Never blocks.
 * What `logger` has read and cannot deliver is lost; a line tells that it may be so.
 *
 * @throws LogError CANNOT_RUN: there is no `logger`
 */
export function syslogSink(options: SyslogSinkOptions): SyslogSink {
  return new LoggerSink(options);
}

class LoggerSink implements SyslogSink {
  readonly addsTimeAndPid = true;
  readonly #options: SyslogSinkOptions;
  readonly #facility: SyslogFacility;
  readonly #timer: SyslogTimer;
  readonly #maxWaitingBytes: number;
  /** Lines not yet taken by the pipe; the first `#handed` of them are on their way. */
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #handed = 0;
  #handedBytes = 0;
  #dropped = 0;
  #child: LoggerProcess | undefined;
  #settled = false;
  #failures = 0;
  #interrupted: string | undefined;
  #cancel: () => void = () => undefined;
  #closed: PromiseWithResolvers<void> | undefined;

  constructor(options: SyslogSinkOptions) {
    this.#options = options;
    this.#facility = options.facility ?? "user";
    this.#timer = options.timer ?? realTimer;
    this.#maxWaitingBytes = options.maxWaitingBytes ?? DEFAULT_MAX_WAITING_BYTES;
    const failure = this.#start();
    if (failure !== undefined) throw failure;
  }

  write(line: string, level: LineLevel = "info"): void {
    if (this.#closed !== undefined) return;
    const record = syslogRecord(this.#facility, level, line);
    if (this.#waitingBytes + record.length > this.#maxWaitingBytes) {
      this.#dropped += 1;
      return;
    }
    this.#tellDropped();
    this.#push(record);
    this.#feed();
  }

  reopen(): void {}

  close(): Promise<void> {
    if (this.#closed !== undefined) return this.#closed.promise;
    const closed = Promise.withResolvers<void>();
    this.#closed = closed;
    this.#cancel();
    this.#tellDropped();
    if (this.#child === undefined && (this.#waiting.length === 0 || this.#start() !== undefined)) {
      closed.resolve();
      return closed.promise;
    }
    this.#cancel();
    this.#cancel = this.#timer(() => this.#giveUp(), CLOSE_WAIT_MS, true);
    this.#settled = true;
    this.#feed();
    this.#child?.stdin?.end();
    return closed.promise;
  }

  #push(record: Buffer): void {
    this.#waiting.push(record);
    this.#waitingBytes += record.length;
  }

  #tellDropped(): void {
    if (this.#dropped > 0) this.#push(syslogRecord(this.#facility, "warn", lostLines(this.#dropped)));
    this.#dropped = 0;
  }

  /** @returns why there is no `logger` now */
  #start(): LogError | undefined {
    const { tag, pid = process.pid, socket, start = startLogger } = this.#options;
    const args = [`--tag=${tag}`, `--id=${pid}`, "--prio-prefix", `--size=${LOGGER_SIZE}`];
    args.push(`--priority=${this.#facility}.info`, "--socket-errors=on");
    if (socket !== undefined) args.push(`--socket=${socket}`);
    let child: LoggerProcess;
    try {
      child = start(LOGGER_COMMAND, args);
    } catch (cause) {
      return new LogError("CANNOT_RUN", LOGGER_COMMAND, { cause });
    }
    child.on("error", () => undefined); // told by the missing pid, or by "close"
    if (child.pid === undefined) return new LogError("CANNOT_RUN", LOGGER_COMMAND);
    this.#watch(child);
    return undefined;
  }

  #watch(child: LoggerProcess): void {
    this.#child = child;
    this.#settled = false;
    this.#cancel = this.#timer(() => this.#settle(), SETTLE_MS, false);
    let said = "";
    child.stdin?.on("error", () => undefined); // "close" follows
    child.stderr?.on("error", () => undefined);
    child.stderr?.on("data", (chunk: Buffer) => {
      if (said.length < MAX_REASON) said += chunk.toString("utf8");
    });
    child.on("close", (code, signal) => {
      if (this.#child !== child) return;
      const how = signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
      this.#onEnd(said.trim() === "" ? `logger ${how}` : oneLine(said.trim(), MAX_REASON));
    });
  }

  #settle(): void {
    this.#settled = true;
    this.#cancel = this.#timer(
      () => {
        this.#failures = 0;
      },
      HEALTHY_MS,
      false,
    );
    if (this.#interrupted !== undefined) {
      const notice = `(${this.#interrupted}; log lines may be lost)`;
      this.#waiting.unshift(syslogRecord(this.#facility, "warn", notice));
      this.#waitingBytes += this.#waiting[0]?.length ?? 0;
      this.#interrupted = undefined;
    }
    this.#feed();
  }

  /** Hands lines to the pipe while it takes them; all of them at the end. */
  #feed(): void {
    const child = this.#child;
    if (!this.#settled || child === undefined || child.stdin === null) return;
    const limit = this.#closed === undefined ? PIPE_BYTES : Number.POSITIVE_INFINITY;
    while (this.#handed < this.#waiting.length && this.#handedBytes < limit) {
      const record = this.#waiting[this.#handed];
      if (record === undefined) return;
      this.#handed += 1;
      this.#handedBytes += record.length;
      child.stdin.write(record, (error) => {
        if (this.#child === child && (error === null || error === undefined)) this.#onTaken();
      });
    }
  }

  #onTaken(): void {
    const bytes = this.#waiting.shift()?.length ?? 0;
    this.#waitingBytes -= bytes;
    this.#handed -= 1;
    this.#handedBytes -= bytes;
    this.#feed();
  }

  #onEnd(reason: string): void {
    this.#cancel();
    this.#child = undefined;
    this.#settled = false;
    this.#handed = 0;
    this.#handedBytes = 0;
    if (this.#closed !== undefined) {
      this.#closed.resolve();
      return;
    }
    this.#interrupted = reason;
    this.#retryLater(new LogError("CANNOT_SEND", "syslog", { cause: new Error(reason) }));
  }

  #retryLater(error: LogError): void {
    this.#failures += 1;
    if (this.#failures === 1) this.#options.onProblem?.(error);
    const delayMs = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.#failures - 1));
    this.#cancel = this.#timer(
      () => {
        const failure = this.#start();
        if (failure !== undefined) this.#retryLater(failure);
      },
      delayMs,
      false,
    );
  }

  /** The end of the own process, or of stdin, ends a `logger` that does not read. */
  #giveUp(): void {
    this.#child?.stdin?.destroy();
    this.#child = undefined;
    this.#closed?.resolve();
  }
}
