import { readFileSync, rmSync, writeFileSync } from "node:fs";

/** The pid file cannot be had. `message` is fit for users. */
export class PidFileError extends Error {
  override readonly name: string = "PidFileError";
  readonly code: "ALREADY_RUNNING" | "CANNOT_WRITE";
  constructor(code: "ALREADY_RUNNING" | "CANNOT_WRITE", text: string, options?: ErrorOptions) {
    super(text, options);
    this.code = code;
  }
}

const PLACEHOLDER = "%PIDFILE%"; // left in shipped configurations by packages that do not fill it in

/** A pid file that is ours until it is removed. */
export interface PidFile {
  remove(): void;
}

/**
 * Writes `<pid>` and LF, mode 0644. A file of a process that is gone is replaced, with a warning.
 *
 * @throws PidFileError ALREADY_RUNNING, CANNOT_WRITE
 * Source: worker specification 8.5.
 */
export function writePidFile(path: string | undefined, pid: number, warn: (text: string) => void): PidFile {
  if (path === undefined || path === PLACEHOLDER) return { remove: () => undefined };
  claimPidFile(path, pid, warn);
  try {
    writeFileSync(path, `${pid}\n`, { mode: 0o644, flag: "wx" });
  } catch (error) {
    throw new PidFileError("CANNOT_WRITE", `Could not write pidfile: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return {
    remove: () => {
      if (readPid(path) === pid) rmSync(path, { force: true });
    },
  };
}

/**
 * Makes sure that no other process holds the file, and removes a stale one.
 * @throws PidFileError ALREADY_RUNNING
 */
export function claimPidFile(path: string | undefined, pid: number, warn: (text: string) => void): void {
  if (path === undefined || path === PLACEHOLDER) return;
  const other = readPid(path);
  if (other === undefined) return;
  // in a container the worker may have had the same pid in its last life
  if (other !== pid && isAlive(other))
    throw new PidFileError("ALREADY_RUNNING", `worker already running: ${other}`);
  warn(`Warning: removing stale pidfile ${path}`);
  rmSync(path, { force: true });
}

/** @returns undefined without file, 0 for a file without a number. */
function readPid(path: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(path, "latin1"), 10) || 0;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
