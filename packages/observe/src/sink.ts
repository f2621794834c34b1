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
