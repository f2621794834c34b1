import { oneLine } from "@mod-gearman/base";
import { LogError } from "./errors.ts";
import type { LineLevel } from "./levels.ts";
import { LOGGER_COMMAND, type LoggerProcess, type StartLogger, startLogger } from "./logger-process.ts";
import { lostLines } from "./lost-lines.ts";
import type { LogSink } from "./sink.ts";
import { type SyslogFacility, syslogRecord } from "./syslog-record.ts";

/** Starts a timer. `keepsAlive`: the process must not end before it fires. @returns a function that cancels it */
export type SyslogTimer = (then: () => void, afterMs: number, keepsAlive: boolean) => () => void;

export interface SyslogSinkOptions {
  /** Program name in front of each line. */
  readonly tag: string;
  /** Default: `user`, as mod_gearman and gearmand. */
  readonly facility?: SyslogFacility;
  /** Process id of the lines. Default: that of this process. */
  readonly pid?: number;
  /** Socket of syslog. Default: that of `logger`, /dev/log. */
  readonly socket?: string;
  /** Limit of bytes queued for `logger`; further lines are dropped and counted. Default 1 MiB. */
  readonly maxWaitingBytes?: number;
  /** Called once when lines can no longer be passed on, and again after each recovery. */
  readonly onProblem?: (error: LogError) => void;
  /** Default: the `logger` of util-linux in PATH. */
  readonly start?: StartLogger;
  readonly timer?: SyslogTimer;
}

export interface SyslogSink extends LogSink {
  readonly addsTimeAndPid: true;
  /** Passes queued lines on for at most a second; no line is written after this. Never rejects. */
  close(): Promise<void>;
}

/** logger splits longer messages; ours are shorter. */
const LOGGER_SIZE = 8192;
const DEFAULT_MAX_WAITING_BYTES = 1_048_576;
/** Bytes written to the pipe at a time; bytes that are not accepted can go to the next `logger`. */
const PIPE_BYTES = 65_536;
/** A `logger` that finds no socket of syslog ends within this time; no line is written to it before. */
const SETTLE_MS = 200;
/** A logger child that survives this long resets the back-off. */
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
 * Lines to syslog through one child `logger` (util-linux 2.38), because Node has no Unix datagram sockets. The child is
 * restarted 1 to 60 s after its end; lines are queued in memory until then. Never blocks. Lines that `logger` has read and
 * cannot deliver are lost; a later line says that lines may be missing.
 *
 * @throws LogError CANNOT_RUN without `logger`
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
  /** Lines not accepted by the pipe yet; the first `#handed` of them have been passed to it. */
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

  /** @returns the reason if `logger` could not be started */
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
    child.on("error", () => undefined); // the missing pid or "close" shows it
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

  /** Writes lines while the pipe accepts them; at the end all of them. */
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

  /** Stops waiting. A `logger` that does not read ends with this process or its stdin. */
  #giveUp(): void {
    this.#child?.stdin?.destroy();
    this.#child = undefined;
    this.#closed?.resolve();
  }
}
