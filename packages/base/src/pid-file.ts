import { closeSync, constants, lstatSync, rmSync, statSync, writeSync } from "node:fs";
import { codeOf, kindOf, openFile, readRegularFile, wrongKind } from "./open-file.ts";
import { processStartedMs, runsProgram } from "./running-process.ts";

/** A pid file owned by this process until it is removed. */
export interface PidFile {
  /** Only if it still contains the pid it was written with. */
  remove(): void;
}

const MAX_BYTES = 4096;
/** How much later than its file a process may seem to have started, milliseconds: clocks are coarse and adjusted. */
const SLACK_MS = 2000;

/**
 * Writes `<pid>` and LF to a new file, mode 0644 less the umask, in place of an older file or of a link to one, so that
 * nothing is written through a link. A device, like /dev/null, is written to, but neither replaced nor removed.
 *
 * @throws the error of `node:fs`; EINVAL, EISDIR for anything else, also behind a link
 */
export function writePidFile(path: string, pid: number): PidFile {
  const isDevice = lstatSync(path, { throwIfNoEntry: false })?.isCharacterDevice() === true;
  if (!isDevice) removePidFile(path);
  writeNumber(path, pid, isDevice);
  return {
    remove: () => {
      if (!isDevice && readPid(path) === pid) rmSync(path, { force: true });
    },
  };
}

function writeNumber(path: string, pid: number, isDevice: boolean): void {
  const { O_WRONLY, O_CREAT, O_EXCL } = constants;
  const file = isDevice
    ? openFile(path, O_WRONLY, { links: "refuse", also: ["character device"] })
    : openFile(path, O_WRONLY | O_CREAT | O_EXCL, { links: "refuse", mode: 0o644 });
  try {
    writeSync(file, `${pid}\n`);
  } finally {
    closeSync(file);
  }
}

/**
 * Removes a pid file or a link to one.
 *
 * @returns false if there was none
 * @throws EINVAL, EISDIR for anything else, also behind a link; the error of `node:fs`
 */
export function removePidFile(path: string): boolean {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return false;
  const target = statSync(path, { throwIfNoEntry: false });
  const kind = target === undefined ? "file" : kindOf(target);
  if (kind !== "file") throw wrongKind(kind, path);
  rmSync(path, { force: true });
  return true;
}

/** The number in a pid file, 0 if it contains none; undefined without a regular file. */
export function readPid(path: string): number | undefined {
  try {
    const text = readRegularFile(path, MAX_BYTES, { links: "refuse" }).toString("latin1");
    return Number.parseInt(text, 10) || 0;
  } catch (error) {
    return codeOf(error) === "EFBIG" ? 0 : undefined;
  }
}

/**
 * The process that holds a pid file: it exists, is not `pid`, runs one of `programs`, and started before the
 * file was written. After a reboot the number often belongs to another process. A process that cannot be
 * examined, as with `hidepid`, counts as the holder.
 *
 * @param pid of this process, which in a container may equal that of its previous run
 * @param programs names of the program, without folder
 * @returns undefined if no process holds it
 */
export function pidFileHolder(path: string, pid: number, programs: readonly string[]): number | undefined {
  const other = readPid(path);
  if (other === undefined || other <= 0 || other === pid || !isAlive(other)) return undefined;
  if (runsProgram(other, programs) === false) return undefined;
  const startedMs = processStartedMs(other);
  const writtenMs = lstatSync(path, { throwIfNoEntry: false })?.mtimeMs;
  if (startedMs !== undefined && writtenMs !== undefined && startedMs > writtenMs + SLACK_MS)
    return undefined;
  return other;
}

/** True for a process of another user as well. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}
