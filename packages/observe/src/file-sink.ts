import { closeSync, constants, fstatSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { codeOf, makeFolders, openFile } from "@mod-gearman/base";
import { LogError } from "./errors.ts";
import { lostLines } from "./lost-lines.ts";
import type { LogSink } from "./sink.ts";

export interface FileSinkOptions {
  /** Called once when writing or reopening begins to fail, and again after each recovery. */
  onProblem?: (error: LogError) => void;
}

/** Limit of bytes queued for a pipe, terminal or socket; further lines are dropped and counted. */
const MAX_WAITING_BYTES = 1_048_576;
const RETRY_MS = 20;
/** Time that `close` waits for a reader. */
const CLOSE_WAIT_MS = 1000;
const STANDARD_DESCRIPTORS = [1, 2];

/**
 * Lines appended to a file (mode 0644; missing parent folders are made, 0755). Each line is written before
 * `write` returns, so none is lost if the process dies. Source: worker.md 1.3 `logfile`.
 *
 * The path may also name a FIFO with a reader, a device, or standard output or error, as /dev/stdout does. A slow reader
 * never blocks the process: up to 1 MiB is queued for it, further lines are dropped and their number is logged.
 *
 * @throws LogError CANNOT_OPEN
 */
export function fileSink(path: string, options: FileSinkOptions = {}): LogSink {
  return new FileSink(path, options);
}

interface WaitingLine {
  rest: Buffer;
  /** Lost with it if it cannot be written. */
  readonly lines: number;
}

class FileSink implements LogSink {
  readonly #path: string;
  readonly #onProblem: (error: LogError) => void;
  #fd: number | undefined;
  /** Lines not accepted by the reader yet; empty for regular files. */
  #waiting: WaitingLine[] = [];
  #waitingBytes = 0;
  #retry: NodeJS.Timeout | undefined;
  #dropped = 0;
  #failing = false;

  constructor(path: string, options: FileSinkOptions) {
    this.#path = path;
    this.#onProblem = options.onProblem ?? (() => {});
    this.#fd = openForAppend(path);
  }

  write(line: string): void {
    if (this.#fd === undefined) return;
    if (this.#waitingBytes > MAX_WAITING_BYTES) {
      this.#dropped += 1;
      return;
    }
    if (this.#dropped > 0) this.#add(lostLines(this.#dropped), this.#dropped);
    this.#dropped = 0;
    this.#add(line, 1);
    this.#flush();
  }

  reopen(): void {
    if (this.#fd === undefined) return;
    try {
      const fresh = openForAppend(this.#path);
      closeLog(this.#fd);
      this.#fd = fresh;
    } catch (error) {
      if (error instanceof LogError) this.#onProblem(error);
    }
  }

  close(): void {
    if (this.#fd === undefined) return;
    this.#flushLast();
    clearTimeout(this.#retry);
    closeLog(this.#fd);
    this.#fd = undefined;
  }

  /** A slow reader has a second for the last lines, as with syslog. */
  #flushLast(): void {
    const pauses = CLOSE_WAIT_MS / RETRY_MS;
    const cell = new Int32Array(new SharedArrayBuffer(4));
    for (let pause = 0; this.#waiting.length > 0 && pause < pauses; pause++) {
      this.#flush();
      if (this.#waiting.length > 0) Atomics.wait(cell, 0, 0, RETRY_MS);
    }
    if (this.#waiting.length > 0) this.#fail(new Error(lostLines(this.#waiting.length)));
  }

  #add(line: string, lines: number): void {
    const rest = Buffer.from(`${line}\n`, "utf8");
    this.#waiting.push({ rest, lines });
    this.#waitingBytes += rest.length;
  }

  /** Writes queued lines as far as the reader accepts them now. */
  #flush(): void {
    if (this.#fd === undefined) return;
    try {
      this.#writeTo(this.#fd);
      this.#failing = false;
    } catch (cause) {
      if (codeOf(cause) === "EAGAIN") this.#flushLater();
      else this.#fail(cause);
    }
  }

  #writeTo(fd: number): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const written = writeSync(fd, first.rest);
      this.#waitingBytes -= written;
      first.rest = first.rest.subarray(written);
      if (first.rest.length === 0) this.#waiting.shift();
    }
  }

  #fail(cause: unknown): void {
    for (const { lines } of this.#waiting) this.#dropped += lines;
    this.#waiting = [];
    this.#waitingBytes = 0;
    if (!this.#failing) this.#onProblem(new LogError("CANNOT_WRITE", this.#path, { cause }));
    this.#failing = true;
  }

  #flushLater(): void {
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      this.#flush();
    }, RETRY_MS).unref();
  }
}

function openForAppend(path: string): number {
  try {
    makeFolders(dirname(path), 0o755);
    const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT;
    return openFile(path, flags, { links: "follow", also: ["FIFO", "character device"], mode: 0o644 });
  } catch (cause) {
    const own = ["ENXIO", "EACCES"].includes(codeOf(cause)) ? standardDescriptor(path) : undefined;
    if (own !== undefined) return own;
    throw new LogError("CANNOT_OPEN", path, { cause });
  }
}

/** /dev/stdout cannot be opened by name if it is a socket or the terminal of another user. */
function standardDescriptor(path: string): number | undefined {
  const wanted = statSync(path, { throwIfNoEntry: false });
  return STANDARD_DESCRIPTORS.find((fd) => {
    try {
      const { dev, ino } = fstatSync(fd);
      return dev === wanted?.dev && ino === wanted.ino;
    } catch {
      return false; // closed
    }
  });
}

function closeLog(fd: number): void {
  if (!STANDARD_DESCRIPTORS.includes(fd)) closeSync(fd);
}
