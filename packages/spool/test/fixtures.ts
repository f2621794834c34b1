import * as fs from "node:fs";
import { cpSync } from "node:fs";
import { join } from "node:path";
import type { Disk } from "../src/disk.ts";
import { openSpool, type Spool, type SpoolOptions } from "../src/index.ts";

export const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

/** All stored records, as texts. */
export const waiting = (spool: Spool): string[] =>
  spool.peek(Number.MAX_SAFE_INTEGER).map(({ record }) => record.toString("latin1"));

/** Opens a spool of 1 MiB that is closed when the test ends. */
export function openFor(
  task: { onTestFinished(done: () => void): void },
  folder: string,
  options?: Partial<SpoolOptions>,
): Spool {
  const spool = openSpool({ folder, maxBytes: 1 << 20, ...options });
  task.onTestFinished(() => spool.close());
  return spool;
}

/**
 * The state after a crash: the files as they are now, in a folder of their own; the process of the lock does not exist.
 */
export function crashImage(folder: string, into: string): string {
  cpSync(folder, into, { recursive: true });
  fs.rmSync(join(into, "lock"), { force: true });
  return into;
}

export const segmentFiles = (folder: string): string[] =>
  fs
    .readdirSync(folder)
    .filter((name) => name.endsWith(".spool"))
    .sort()
    .map((name) => join(folder, name));

/** A disk with space for `bytes` more; then a write is partial, and the next one fails. */
export function smallDisk(room: { bytes: number }): Disk {
  return {
    ...fs,
    writevSync(fd: number, buffers: readonly NodeJS.ArrayBufferView[]): number {
      const first = buffers[0] as Buffer;
      const part = first.subarray(0, Math.min(first.length, room.bytes));
      if (part.length === 0)
        throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
      room.bytes -= part.length;
      return fs.writeSync(fd, part);
    },
  };
}
