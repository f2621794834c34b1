import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { LogError } from "./errors.ts";
import type { LineLevel } from "./levels.ts";
import { lostLines } from "./lost-lines.ts";

/** Where finished lines go. A sink never throws from `write`; what it cannot write it counts. */
export interface LogSink {
  /** One line without its line feed. `level` matters to those that keep it beside the line. */
  write(line: string, level?: LineLevel): void;
  /** Take up the destination anew (log rotation). A failure keeps the old destination. */
  reopen(): void;
  /** No line is written afterwards. */
  close(): void;
  /** True when the destination adds time and process id to each line, as syslog does. */
  readonly addsTimeAndPid?: boolean;
}

/** Swallows everything. */
export const nullSink: LogSink = { write() {}, reopen() {}, close() {} };

/** The part of a Writable that a stream sink needs; `process.stdout` fits. */
export interface LogStream {
  write(text: string): boolean;
  readonly writableLength: number;
  readonly destroyed: boolean;
}

const DEFAULT_MAX_WAITING_BYTES = 1_048_576;

/**
 * Lines to a stream that somebody else opened and will close. While more than `maxWaitingBytes` (default 1 MiB)
 * wait in the stream, lines are dropped; their number is told as soon as there is room again.
 */
export function streamSink(stream: LogStream, options: { maxWaitingBytes?: number } = {}): LogSink {
  const limit = options.maxWaitingBytes ?? DEFAULT_MAX_WAITING_BYTES;
  let dropped = 0;
  let closed = false;
  return {
    write(line) {
      if (closed || stream.destroyed) return;
      if (stream.writableLength > limit) {
        dropped += 1;
        return;
      }
      if (dropped > 0) stream.write(`${lostLines(dropped)}\n`);
      dropped = 0;
      stream.write(`${line}\n`);
    },
    reopen() {},
    close() {
      closed = true;
    },
  };
}

/** Settings of a file sink. */
export interface FileSinkOptions {
  /** Told once when writing or reopening starts to fail, and again after a recovery. */
  onProblem?: (error: LogError) => void;
}

/**
 * Lines appended to a file (mode 0644; missing parent folders are made, 0755). Each line is written before
 * `write` returns, so none is lost when the process dies. Source: worker.md 1.3 `logfile`.
 *
 * @throws LogError CANNOT_OPEN
 */
export function fileSink(path: string, options: FileSinkOptions = {}): LogSink {
  return new FileSink(path, options);
}

class FileSink implements LogSink {
  readonly #path: string;
  readonly #onProblem: (error: LogError) => void;
  #fd: number | undefined;
  #dropped = 0;
  #failing = false;

  constructor(path: string, options: FileSinkOptions) {
    this.#path = path;
    this.#onProblem = options.onProblem ?? (() => {});
    this.#fd = openForAppend(path);
  }

  write(line: string): void {
    if (this.#fd === undefined) return;
    try {
      if (this.#dropped > 0) writeWhole(this.#fd, `${lostLines(this.#dropped)}\n`);
      this.#dropped = 0;
      writeWhole(this.#fd, `${line}\n`);
      this.#failing = false;
    } catch (cause) {
      this.#dropped += 1;
      if (!this.#failing) this.#onProblem(new LogError("CANNOT_WRITE", this.#path, { cause }));
      this.#failing = true;
    }
  }

  reopen(): void {
    if (this.#fd === undefined) return;
    try {
      const fresh = openForAppend(this.#path);
      closeSync(this.#fd);
      this.#fd = fresh;
    } catch (error) {
      if (error instanceof LogError) this.#onProblem(error);
    }
  }

  close(): void {
    if (this.#fd === undefined) return;
    closeSync(this.#fd);
    this.#fd = undefined;
  }
}

function openForAppend(path: string): number {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    return openSync(path, "a", 0o644);
  } catch (cause) {
    throw new LogError("CANNOT_OPEN", path, { cause });
  }
}

/** A pipe or a nearly full disk may take only a part of the bytes at a time. */
function writeWhole(fd: number, text: string): void {
  let rest = Buffer.from(text, "utf8");
  while (rest.length > 0) rest = rest.subarray(writeSync(fd, rest));
}
