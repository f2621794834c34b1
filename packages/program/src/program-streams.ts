import { createReadStream, fstatSync } from "node:fs";
import type { Readable, Writable } from "node:stream";

/**
 * Standard input, with an error for a folder, which would otherwise be an empty stream.
 *
 * @param stdin `process.stdin`, called only if it is to be read
 */
export function standardInput(stdin: () => Readable): Readable {
  return fstatSync(0).isDirectory() ? createReadStream("", { fd: 0 }) : stdin();
}

/** Writes to an output that its reader may have closed, which is not an error. */
export function writeTolerant(stream: Writable, text: string): void {
  if (stream.listenerCount("error") === 0) stream.on("error", () => undefined);
  stream.write(text);
}
