import { closeSync, constants, readSync } from "node:fs";
import { openFile } from "@mod-gearman/base";

/**
 * The first bytes of a regular file as latin1.
 *
 * @returns undefined if it cannot be read, or is a device or FIFO, which could block the process
 */
export function readHead(path: string | Buffer, bytes: number): string | undefined {
  let file: number | undefined;
  try {
    file = openFile(path, constants.O_RDONLY, { links: "follow" });
    const head = Buffer.alloc(bytes);
    return head.toString("latin1", 0, readSync(file, head, 0, bytes, 0));
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
