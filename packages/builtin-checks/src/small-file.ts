import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { NEVER_WAIT } from "@mod-gearman/base";

const MAX_BYTES = 1024 * 1024;

/**
 * Reads a regular file of at most 1 MiB. Devices and FIFOs, which could block a thread of the process, are
 * refused.
 *
 * @throws Error with a text of errno
 */
export async function readSmallFile(path: string): Promise<Buffer> {
  const file = await open(path, constants.O_RDONLY | NEVER_WAIT);
  try {
    const { size } = await file.stat().then((stat) => {
      if (!stat.isFile()) throw new Error("not a regular file");
      return stat;
    });
    if (size > MAX_BYTES) throw new Error(`longer than ${MAX_BYTES} bytes`);
    const { bytesRead, buffer } = await file.read(Buffer.alloc(Number(size)), 0, Number(size), 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
