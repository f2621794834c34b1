import { createReadStream, fstatSync } from "node:fs";
import type { Readable, Writable } from "node:stream";

/**
 * The standard input to read: that of a folder would be an empty stream, and not the mistake it is.
 *
 * @param stdin `process.stdin`, asked for only when it is to be read
 */
export function standardInput(stdin: () => Readable): Readable {
  return fstatSync(0).isDirectory() ? createReadStream("", { fd: 0 }) : stdin();
}

/** Write to an output whose reader may have gone: that is no reason to stop. */
export function writeTolerant(stream: Writable, text: string): void {
  if (stream.listenerCount("error") === 0) stream.on("error", () => undefined);
  stream.write(text);
}
