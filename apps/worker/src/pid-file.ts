import { lstatSync } from "node:fs";
import { type PidFile, pidFileHolder, removePidFile, writePidFile as write } from "@mod-gearman/base";

/** The pid file cannot be written or is in use. `message` is for users. */
export class PidFileError extends Error {
  override readonly name: string = "PidFileError";
  readonly code: "ALREADY_RUNNING" | "CANNOT_WRITE";
  constructor(code: "ALREADY_RUNNING" | "CANNOT_WRITE", text: string, options?: ErrorOptions) {
    super(text, options);
    this.code = code;
  }
}

const PLACEHOLDER = "%PIDFILE%"; // some packages ship configurations without replacing it
/** Names of this program and of its originals. */
const PROGRAMS = ["mod_gearman_worker", "mod-gearman-worker"];

/**
 * Writes `<pid>` and LF, mode 0644. A file of a process that no longer exists is replaced with a warning.
 *
 * @throws PidFileError ALREADY_RUNNING, CANNOT_WRITE
 * Source: worker.md 8.5.
 */
export function writePidFile(path: string | undefined, pid: number, warn: (text: string) => void): PidFile {
  if (path === undefined || path === PLACEHOLDER) return { remove: () => undefined };
  claimPidFile(path, pid, warn);
  return orCannotWrite(() => write(path, pid));
}

/**
 * Checks that no other process holds the file and removes a stale one.
 * @throws PidFileError ALREADY_RUNNING, CANNOT_WRITE
 */
export function claimPidFile(path: string | undefined, pid: number, warn: (text: string) => void): void {
  if (path === undefined || path === PLACEHOLDER) return;
  const other = pidFileHolder(path, pid, PROGRAMS);
  if (other !== undefined) throw new PidFileError("ALREADY_RUNNING", `worker already running: ${other}`);
  orCannotWrite(() => {
    if (lstatSync(path, { throwIfNoEntry: false })?.isCharacterDevice()) return;
    if (removePidFile(path)) warn(`Warning: removing stale pidfile ${path}`);
  });
}

function orCannotWrite<T>(action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw new PidFileError("CANNOT_WRITE", `Could not write pidfile: ${(cause as Error).message}`, { cause });
  }
}
