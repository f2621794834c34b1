import * as fs from "node:fs";
import { openFile } from "@mod-gearman/base";

/** The file calls a spool makes. Tests put a failing disk in their place. Internal to the package. */
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

const { O_RDONLY, O_WRONLY, O_APPEND, O_CREAT, O_EXCL } = fs.constants;

const FLAGS = {
  read: O_RDONLY,
  append: O_WRONLY | O_APPEND,
  create: O_WRONLY | O_APPEND | O_CREAT | O_EXCL,
  appendOrCreate: O_WRONLY | O_APPEND | O_CREAT,
} as const;

/** Mode of every file: only the owner reads results. */
export const FILE_MODE = 0o600;

/** Open a file of a spool; neither a link nor anything else than a regular file. @throws as `openFile` of base */
export function openSpoolFile(disk: Disk, path: string, access: keyof typeof FLAGS): number {
  return openFile(path, FLAGS[access], { links: "refuse", mode: FILE_MODE, calls: disk });
}

/** Write all of `parts`, however often the system takes only some. @throws the system's error */
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

/** Remove a file; `false` when it could not be removed, a missing one counts as removed. */
export function removeFile(disk: Disk, path: string): boolean {
  try {
    disk.unlinkSync(path);
    return true;
  } catch (error) {
    return errnoOf(error) === "ENOENT";
  }
}

/** The system's short name of an error, "" for others. */
export function errnoOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
