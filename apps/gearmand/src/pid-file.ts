import { lstatSync, readFileSync, rmSync, writeFileSync } from "node:fs";

/** A pid file that is ours until it is removed. */
export interface PidFile {
  remove(): void;
}

/**
 * Writes `<pid>` and LF, mode 0644, in place of an older file. Something that is no file, like /dev/null, is written
 * to but neither replaced nor removed.
 *
 * @throws the error of node:fs
 * Source: job-server.md 4 `--pid-file`.
 */
export function writePidFile(path: string, pid: number): PidFile {
  const text = `${pid}\n`;
  const old = lstatSync(path, { throwIfNoEntry: false });
  if (old !== undefined && !old.isFile() && !old.isSymbolicLink()) {
    writeFileSync(path, text);
    return { remove: () => undefined };
  }
  // a new file, so that nobody can put a link there for us to write through
  rmSync(path, { force: true });
  writeFileSync(path, text, { mode: 0o644, flag: "wx" });
  return {
    remove: () => {
      if (isStillOurs(path, text)) rmSync(path, { force: true });
    },
  };
}

/** Another job server may have been started with the same path meanwhile. */
function isStillOurs(path: string, text: string): boolean {
  try {
    return readFileSync(path, "latin1") === text;
  } catch {
    return false;
  }
}
