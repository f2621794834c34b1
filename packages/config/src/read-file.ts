import { closeSync, constants, fstatSync, readlinkSync, readSync } from "node:fs";
import { openFile } from "@mod-gearman/base";

export interface ReadTime {
  /** Milliseconds since any fixed point. */
  now(): number;
  /** Blocks the thread. */
  pause(milliseconds: number): void;
}

/** Longest settings or key file, in bytes. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;
const PIECE_BYTES = 64 * 1024;
/** Time limit for reading a pipe to its end, milliseconds. */
const PIPE_MS = 30_000;
/** Time limit for a FIFO without a writer, milliseconds. */
const WRITER_MS = 2000;
const PAUSE_MS = 10;

const realTime: ReadTime = {
  now: () => performance.now(),
  pause: (milliseconds) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds),
};

/**
 * Reads a whole settings or key file, up to a limit: a path may be a device without end. Links are followed, and a pipe
 * is read for at most 30 s, so that `--config=<(program)` works; a FIFO without a writer is abandoned after 2 s.
 *
 * @throws Error with `code`, as node:fs; EFBIG if the file is longer, ETIMEDOUT if a pipe does not end
 */
export function readFile(path: string, maxBytes: number = MAX_FILE_BYTES, time: ReadTime = realTime): Buffer {
  const also = ["FIFO", "character device"] as const;
  const file = openFile(path, constants.O_RDONLY, { links: "follow", also });
  try {
    const read = bytesOf(file, path, time);
    const pieces: Buffer[] = [];
    for (let bytes = 0; ; ) {
      const piece = Buffer.allocUnsafe(PIECE_BYTES);
      const got = read(piece);
      if (got === 0) return Buffer.concat(pieces, bytes);
      bytes += got;
      if (bytes > maxBytes) throw failure("EFBIG", `file longer than ${maxBytes} bytes`, path);
      pieces.push(piece.subarray(0, got));
    }
  } finally {
    closeSync(file);
  }
}

/** Reads at least one byte into a buffer, or none at the end. Waits for a pipe or terminal, within the limits. */
function bytesOf(file: number, path: string, time: ReadTime): (piece: Buffer) => number {
  const startMs = time.now();
  let isBegun = !isNamedPipe(file);
  return (piece) => {
    for (;;) {
      const got = readNow(file, piece);
      if (got !== undefined && (got > 0 || isBegun)) {
        isBegun = true;
        return got;
      }
      const spentMs = time.now() - startMs;
      if (got === 0 && spentMs >= WRITER_MS)
        throw failure("ETIMEDOUT", "a FIFO that no process writes", path);
      if (spentMs >= PIPE_MS) {
        throw failure("ETIMEDOUT", `a pipe that does not end within ${PIPE_MS / 1000} s`, path);
      }
      time.pause(PAUSE_MS);
    }
  };
}

/** @returns undefined if there is a writer but nothing to read yet */
function readNow(file: number, piece: Buffer): number | undefined {
  try {
    return readSync(file, piece);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return undefined;
    throw error;
  }
}

/** An unnamed pipe had a writer when it was created, so it may be at its end from the start. */
function isNamedPipe(file: number): boolean {
  if (!fstatSync(file).isFIFO()) return false;
  try {
    return readlinkSync(`/proc/self/fd/${file}`).startsWith("/");
  } catch {
    return true;
  }
}

function failure(code: string, reason: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${reason}, read '${path}'`), { code });
}
