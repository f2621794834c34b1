import { join } from "node:path";
import { type Disk, openSpoolFile, removeFile, writeAll } from "./disk.ts";

/** Maximum number of files of damaged bytes in a folder. */
export const MAX_DAMAGED_FILES = 16;
export const MAX_DAMAGED_BYTES: number = 64 << 10;

const SUFFIX = ".damaged";
const NAME = /^(\d{16})\.spool\.damaged$/;

/** The segment number in the name of a file of damaged bytes; undefined for other names. */
export function damagedNumber(name: string): number | undefined {
  const digits = NAME.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/**
 * Saves damaged bytes of the segment file `name` in a file beside it, for the administrator. The oldest of many such files
 * are removed.
 *
 * @returns the name of that file, and the number of bytes saved, as its size is limited
 * @throws the system's error
 */
export function setAside(
  disk: Disk,
  folder: string,
  name: string,
  parts: readonly Buffer[],
): { name: string; bytes: number } {
  const aside = `${name}${SUFFIX}`;
  removeOldest(disk, folder, aside);
  const fd = openSpoolFile(disk, join(folder, aside), "appendOrCreate");
  try {
    let room = Math.max(0, MAX_DAMAGED_BYTES - disk.fstatSync(fd).size);
    const kept = parts.map((part) => {
      const taken = part.subarray(0, room);
      room -= taken.length;
      return taken;
    });
    writeAll(disk, fd, kept);
    return { name: aside, bytes: kept.reduce((sum, { length }) => sum + length, 0) };
  } finally {
    disk.closeSync(fd);
  }
}

function removeOldest(disk: Disk, folder: string, coming: string): void {
  const others = disk.readdirSync(folder).filter((name) => NAME.test(name) && name !== coming);
  const tooMany = Math.max(0, others.length - (MAX_DAMAGED_FILES - 1));
  for (const name of others.sort().slice(0, tooMany)) removeFile(disk, join(folder, name));
}
