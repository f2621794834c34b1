import * as fs from "node:fs";
import { codeOf, openFile } from "@mod-gearman/base";

/** The file calls of a spool, which tests replace by a failing disk. Internal to the package. */
export type Disk = Pick<
  typeof fs,
  | "chmodSync"
  | "closeSync"
  | "fdatasyncSync"
  | "fstatSync"
  | "ftruncateSync"
  | "fsyncSync"
  | "linkSync"
  | "lstatSync"
  | "mkdirSync"
  | "openSync"
  | "readFileSync"
  | "readSync"
  | "readdirSync"
  | "readlinkSync"
  | "renameSync"
  | "unlinkSync"
  | "writeFileSync"
  | "writevSync"
>;

export const nodeDisk: Disk = fs;

const { O_RDONLY, O_WRONLY, O_RDWR, O_APPEND, O_CREAT, O_EXCL } = fs.constants;

const FLAGS = {
  read: O_RDONLY,
  append: O_RDWR | O_APPEND,
  create: O_RDWR | O_APPEND | O_CREAT | O_EXCL,
  appendOrCreate: O_WRONLY | O_APPEND | O_CREAT,
} as const;

/** Mode of every file: readable by the owner only. */
export const FILE_MODE = 0o600;

/** Opens a file of a spool, which must be a regular file and not a link. @throws as `openFile` of base */
export function openSpoolFile(disk: Disk, path: string, access: keyof typeof FLAGS): number {
  return openFile(path, FLAGS[access], { links: "refuse", mode: FILE_MODE, calls: disk });
}

/** Writes all of `parts`, also after partial writes. @throws the system's error */
export function writeAll(disk: Disk, fd: number, parts: readonly Buffer[]): void {
  let rest = parts.filter((part) => part.length > 0);
  while (rest.length > 0) {
    let written = disk.writevSync(fd, rest);
    rest = rest.flatMap((part) => {
      const taken = Math.min(written, part.length);
      written -= taken;
      return taken === part.length ? [] : [part.subarray(taken)];
    });
  }
}

/** Removes a file. @returns false if it could not be removed; a missing one counts as removed */
export function removeFile(disk: Disk, path: string): boolean {
  try {
    disk.unlinkSync(path);
    return true;
  } catch (error) {
    return codeOf(error) === "ENOENT";
  }
}

/** Whether an error says that there is no such file. */
export function isMissing(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR"].includes(codeOf(error));
}
