import { writeSync } from "node:fs";

const WRITE_AGAIN_MS = 5;

/**
 * Writes all bytes to standard output or standard error before it returns, also to a pipe that is read slowly: a one-shot
 * program ends right after. What a reader that has closed it does not take is dropped.
 */
export function writeWhole(handle: 1 | 2, bytes: Uint8Array): void {
  let rest = bytes;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(handle, rest));
    } catch (error) {
      if ((error as { code?: unknown }).code !== "EAGAIN") return; // the reader has closed it
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WRITE_AGAIN_MS);
    }
  }
}
