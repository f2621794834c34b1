import { closeSync, openSync, readSync } from "node:fs";

/** Longest file of settings or key file, in bytes. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;
const PIECE_BYTES = 64 * 1024;

/**
 * A whole file, up to a limit: a path may name a device that never ends.
 *
 * @throws Error with `code`, as node:fs; EFBIG when the file is longer
 */
export function readFile(path: string, maxBytes: number = MAX_FILE_BYTES): Buffer {
  const file = openSync(path, "r");
  try {
    const pieces: Buffer[] = [];
    for (let bytes = 0; ; ) {
      const piece = Buffer.allocUnsafe(PIECE_BYTES);
      const got = readSync(file, piece);
      if (got === 0) return Buffer.concat(pieces, bytes);
      bytes += got;
      if (bytes > maxBytes) throw tooLong(path, maxBytes);
      pieces.push(piece.subarray(0, got));
    }
  } finally {
    closeSync(file);
  }
}

function tooLong(path: string, maxBytes: number): Error {
  const text = `EFBIG: file longer than ${maxBytes} bytes, read '${path}'`;
  return Object.assign(new Error(text), { code: "EFBIG" });
}
