import { join } from "node:path";
import { type Disk, errnoOf, FILE_MODE, removeFile } from "./disk.ts";
import { SpoolError } from "./errors.ts";

/** A lock of a process we cannot see (another container) is believed for so long after its last sign of life. */
export const FOREIGN_LOCK_MS = 90_000;
/** How often a holder gives that sign. */
export const LOCK_SIGN_MS = 30_000;

const NAME = "lock";
const START_TIME = 19; // field 22 of /proc/<pid>/stat, counted from the field after the program's name

/** Who holds a lock: process, its start time, boot of the machine, process name space. */
interface Holder {
  readonly pid: string;
  readonly start: string;
  readonly boot: string;
  readonly space: string;
}

/** A lock that is held. */
export interface SpoolLock {
  /** Say that the holder lives; call it every `LOCK_SIGN_MS`. */
  sign(now: number): void;
  release(): void;
}

/**
 * Take the lock of a spool: a file with the holder in it, made complete before it appears. A lock is stale when its
 * process is gone (told by process id, start time and boot), or, when it comes from another process name space,
 * when it gave no sign for `FOREIGN_LOCK_MS`.
 *
 * @throws SpoolError LOCKED, UNUSABLE
 */
export function takeLock(disk: Disk, folder: string, now: number): SpoolLock {
  const path = join(folder, NAME);
  const text = printHolder(ownHolder(disk));
  const draft = join(folder, `${NAME}.${Math.floor(Math.random() * 2 ** 47).toString(36)}`);
  try {
    disk.writeFileSync(draft, text, { mode: FILE_MODE, flag: "wx" });
    try {
      if (!tryLink(disk, draft, path)) {
        clearStale(disk, folder, path, draft, now);
        if (!tryLink(disk, draft, path)) throw new SpoolError("LOCKED", folder);
      }
    } finally {
      removeFile(disk, draft);
    }
  } catch (error) {
    throw error instanceof SpoolError ? error : new SpoolError("UNUSABLE", folder, { cause: error });
  }
  return heldLock(disk, path, text);
}

function heldLock(disk: Disk, path: string, text: string): SpoolLock {
  return {
    sign(now) {
      try {
        disk.utimesSync(path, now / 1000, now / 1000);
      } catch {
        // A lock that somebody removed is no reason to lose results.
      }
    },
    release() {
      if (readText(disk, path) === text) removeFile(disk, path);
    },
  };
}

/**
 * Remove a stale lock. It is moved aside first: whoever comes second finds another lock than the one it judged. A holder
 * that lets go while it is judged takes its lock along, which leaves nothing to remove.
 */
function clearStale(disk: Disk, folder: string, path: string, draft: string, now: number): void {
  const judged = readText(disk, path);
  if (judged === undefined) return;
  const aside = `${draft}.stale`;
  try {
    if (isHeld(disk, path, judged, now)) throw new SpoolError("LOCKED", folder);
    if (readText(disk, path) !== judged) return;
    disk.renameSync(path, aside);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return;
    throw error;
  }
  if (readText(disk, aside) !== judged) tryLink(disk, aside, path);
  removeFile(disk, aside);
}

function isHeld(disk: Disk, path: string, text: string, now: number): boolean {
  const holder = parseHolder(text);
  if (holder === undefined) return false;
  const own = ownHolder(disk);
  if (holder.boot !== own.boot) return false;
  if (holder.space === own.space && own.start !== "") return startTime(disk, holder.pid) === holder.start;
  return now - disk.lstatSync(path).mtimeMs < FOREIGN_LOCK_MS;
}

function tryLink(disk: Disk, from: string, to: string): boolean {
  try {
    disk.linkSync(from, to);
    return true;
  } catch (error) {
    if (errnoOf(error) === "EEXIST") return false;
    throw error;
  }
}

function ownHolder(disk: Disk): Holder {
  const pid = readText(disk, "/proc/self/stat")?.split(" ")[0] ?? "0";
  return {
    pid,
    start: startTime(disk, pid),
    boot: readText(disk, "/proc/sys/kernel/random/boot_id")?.trim() ?? "",
    space: nameSpace(disk),
  };
}

function nameSpace(disk: Disk): string {
  try {
    return disk.readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}

/** Start time of a process in clock ticks since the boot, "" when it is gone. Source: proc(5). */
function startTime(disk: Disk, pid: string): string {
  const stat = readText(disk, `/proc/${pid}/stat`) ?? "";
  return (
    stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .at(START_TIME) ?? ""
  );
}

function printHolder(holder: Holder): string {
  return `${holder.pid} ${holder.start} ${holder.boot} ${holder.space}\n`;
}

function parseHolder(text: string): Holder | undefined {
  const [pid = "", start = "", boot = "", space = ""] = text.trimEnd().split(" ");
  return /^\d+$/.test(pid) ? { pid, start, boot, space } : undefined;
}

function readText(disk: Disk, path: string): string | undefined {
  try {
    return disk.readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}
