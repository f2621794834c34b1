import type { LineLevel } from "./levels.ts";
import { lostLines } from "./lost-lines.ts";

/** Destination of finished lines. `write` never throws; lines that cannot be written are counted. */
export interface LogSink {
  /** One line without its line feed. `level` is for sinks that store it beside the line. */
  write(line: string, level?: LineLevel): void;
  /** Reopens the destination (log rotation). On failure the old one is kept. */
  reopen(): void;
  /** Further lines are ignored. */
  close(): void;
  /** True if the destination adds time and process id to each line, as syslog does. */
  readonly addsTimeAndPid?: boolean;
}

export const nullSink: LogSink = { write() {}, reopen() {}, close() {} };

/** The part of a Writable that a stream sink needs; `process.stdout` fits. */
export interface LogStream {
  write(text: string): boolean;
  readonly writableLength: number;
  readonly destroyed: boolean;
}

const DEFAULT_MAX_WAITING_BYTES = 1_048_576;

/**
 * Lines to a stream that the caller opens and closes. While more than `maxWaitingBytes` (default 1 MiB) are queued in the
 * stream, lines are dropped; their number is written once the queue is shorter.
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
