import { join } from "node:path";
import { codeOf, readRegularFile } from "@mod-gearman/base";
import { type Disk, FILE_MODE, removeFile } from "./disk.ts";
import { SpoolError } from "./errors.ts";

/** A lock of a process that cannot be looked up (other container, other machine) is valid this long after its last renewal. */
export const FOREIGN_LOCK_MS = 90_000;
export const LOCK_RENEW_MS = 30_000;

const NAME = "lock";
const MAX_LOCK_BYTES = 4096;
const START_TIME = 19; // field 22 of /proc/<pid>/stat, counted from the field after the program's name

/** The holder of a lock: process, its start time, boot of the machine, process name space, machine ("" if unknown). */
interface Holder {
  readonly pid: string;
  readonly start: string;
  readonly boot: string;
  readonly space: string;
  readonly machine: string;
}

export interface SpoolLock {
  /** Call it every `LOCK_RENEW_MS`. */
  renew(): void;
  /** False once its file was removed, alone or with the folder. */
  isHeld(): boolean;
  /** Closes the file of a lock that is no longer held. */
  forget(): void;
  release(): void;
}

/**
 * Takes the lock of a spool: a file that names its holder, written completely and then linked to its name. A lock is stale
 * if its process has ended, which process id and start time show within one process name space, or if it is of an earlier
 * boot of this machine. The process of any other lock cannot be looked up (another container, another machine that shares
 * the folder): that lock is stale if it was not renewed for `FOREIGN_LOCK_MS`.
 *
 * @throws SpoolError LOCKED, UNUSABLE
 */
export function takeLock(disk: Disk, folder: string): SpoolLock {
  const path = join(folder, NAME);
  const text = printHolder(ownHolder(disk));
  const ownPath = join(folder, `${NAME}.${Math.floor(Math.random() * 2 ** 47).toString(36)}`);
  let fd: number | undefined;
  try {
    fd = disk.openSync(ownPath, "wx", FILE_MODE);
    disk.writeFileSync(fd, text);
    try {
      if (!tryLink(disk, ownPath, path)) {
        clearStale(disk, folder, path, ownPath);
        if (!tryLink(disk, ownPath, path)) throw new SpoolError("LOCKED", folder);
      }
    } finally {
      removeFile(disk, ownPath);
    }
  } catch (error) {
    if (fd !== undefined) disk.closeSync(fd);
    throw error instanceof SpoolError ? error : new SpoolError("UNUSABLE", folder, { cause: error });
  }
  return heldLock(disk, fd, path, text);
}

/** @param fd of the lock file, so that a renewal never touches a lock of another process in its place */
function heldLock(disk: Disk, fd: number, path: string, text: Buffer): SpoolLock {
  return {
    renew() {
      try {
        disk.writevSync(fd, [text], 0); // the file system sets the time: all processes share its clock
      } catch {
        // A failed renewal is no reason to lose results.
      }
    },
    isHeld: () => disk.fstatSync(fd).nlink > 0,
    forget: () => disk.closeSync(fd),
    release() {
      disk.closeSync(fd);
      if (isOwn(disk, path, text.toString("latin1"))) removeFile(disk, path);
    },
  };
}

function isOwn(disk: Disk, path: string, text: string): boolean {
  try {
    return readLock(disk, path) === text;
  } catch {
    return false;
  }
}

/**
 * @returns undefined if there is no lock. @throws the system's error; an Error if it is not a regular file
 */
function readLock(disk: Disk, path: string): string | undefined {
  try {
    return readRegularFile(path, MAX_LOCK_BYTES, { links: "refuse", calls: disk }).toString("latin1");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Removes a stale lock. It is renamed first, so that of two processes the second finds that the lock has changed since it
 * was examined. A lock that its holder releases meanwhile is gone, which leaves nothing to remove.
 */
function clearStale(disk: Disk, folder: string, path: string, ownPath: string): void {
  const examined = readLock(disk, path);
  if (examined === undefined) return;
  const aside = `${ownPath}.stale`;
  try {
    if (isHeld(disk, path, examined, ownPath)) throw new SpoolError("LOCKED", folder);
    if (readLock(disk, path) !== examined) return;
    disk.renameSync(path, aside);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    throw error;
  }
  if (readLock(disk, aside) !== examined) tryLink(disk, aside, path);
  removeFile(disk, aside);
}

/** @param ownPath a file that was just written, whose time is the current time of the file system */
function isHeld(disk: Disk, path: string, text: string, ownPath: string): boolean {
  const holder = parseHolder(text);
  if (holder === undefined) return false;
  const own = ownHolder(disk);
  if (holder.boot === own.boot && holder.space === own.space && own.start !== "")
    return startTime(disk, holder.pid) === holder.start;
  if (holder.boot !== own.boot && holder.machine !== "" && holder.machine === own.machine) return false;
  const silentMs = disk.lstatSync(ownPath).mtimeMs - disk.lstatSync(path).mtimeMs;
  return Math.abs(silentMs) < FOREIGN_LOCK_MS; // in the future: renewed before the clock was set back, not since
}

function tryLink(disk: Disk, from: string, to: string): boolean {
  try {
    disk.linkSync(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
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
    machine: machineName(disk),
  };
}

/** Machine id and host name: copies of a virtual machine share the first. */
function machineName(disk: Disk): string {
  const id = readText(disk, "/etc/machine-id")?.trim() ?? "";
  return id === "" ? "" : `${id}/${readText(disk, "/proc/sys/kernel/hostname")?.trim() ?? ""}`;
}

function nameSpace(disk: Disk): string {
  try {
    return disk.readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}

/** Start time of a process in clock ticks since boot, "" if it has ended. Source: proc(5). */
function startTime(disk: Disk, pid: string): string {
  const stat = readText(disk, `/proc/${pid}/stat`) ?? "";
  return (
    stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .at(START_TIME) ?? ""
  );
}

function printHolder({ pid, start, boot, space, machine }: Holder): Buffer {
  return Buffer.from(`${pid} ${start} ${boot} ${space} ${machine}\n`, "latin1");
}

function parseHolder(text: string): Holder | undefined {
  const [pid = "", start = "", boot = "", space = "", machine = ""] = text.trimEnd().split(" ");
  return /^\d+$/.test(pid) ? { pid, start, boot, space, machine } : undefined;
}

function readText(disk: Disk, path: string): string | undefined {
  try {
    return disk.readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}
