import { accessSync, constants, statSync } from "node:fs";
import { dirname } from "node:path";

const { W_OK, X_OK } = constants;

/** A log file and the folders above it are made when they are missing: the nearest one that exists decides. */
function access(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found !== undefined) {
    accessSync(path, found.isDirectory() ? W_OK | X_OK : W_OK);
    return;
  }
  const folder = dirname(path);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === false)
    throw new Error(`ENOTDIR: not a directory, mkdir '${folder}'`);
  access(folder);
}

/** Why this user cannot write a log file, as far as can be seen without making it; undefined if there is no reason. */
export function logFileProblem(path: string): string | undefined {
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
      return `EISDIR: illegal operation on a directory, open '${path}'`;
    access(path);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
