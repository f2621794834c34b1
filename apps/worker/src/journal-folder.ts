import { lstatSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { makeFolders, readRegularFile } from "@mod-gearman/base";
import { type JournalContent, MAX_JOURNAL_BYTES, readJournal } from "./journal-table.ts";

/** Reads a file below /proc; undefined if it does not exist. */
export type ReadProc = (name: string) => string | undefined;

export interface DeadJournals {
  readonly journals: readonly JournalContent[];
  /** Files that are not journals or could not be read. */
  readonly unreadable: number;
  /** Removes the files; to be called once their content is in another journal. */
  remove(): void;
}

const NAME = /^([0-9a-f]{8})-(\d{1,10})-(\d{1,20})\.jobs$/;
const START_TIME = 19; // field 22 of /proc/<pid>/stat, counted from the field after the program's name
const OTHERS_MAY_WRITE = 0o022;
const MAX_READ = 64; // journals read at one start; a process leaves one

/**
 * Creates the folder of the journals if it does not exist.
 *
 * @throws Error with the reason why it cannot be used: a folder that other users may write could name any job
 */
export function prepareFolder(folder: string): void {
  makeFolders(folder, 0o700);
  const stat = lstatSync(folder);
  if (!stat.isDirectory()) throw new Error(`${folder} is not a folder`);
  if (stat.uid !== process.geteuid?.()) throw new Error(`${folder} belongs to another user`);
  if ((stat.mode & OTHERS_MAY_WRITE) !== 0) throw new Error(`${folder} may be changed by other users`);
}

/** Name of the journal of this process: boot, process id and start time together are unique. */
export function ownJournalName(readProc: ReadProc): string {
  const pid = /^\d+/.exec(readProc("self/stat") ?? "")?.[0] ?? `${process.pid}`;
  return `${bootOf(readProc)}-${pid}-${startOf(readProc, "self") ?? "0"}.jobs`;
}

/**
 * Reads the journals of processes that no longer exist. Files with other names are ignored.
 *
 * @throws errors of the system about the folder
 */
export function readDeadJournals(folder: string, readProc: ReadProc): DeadJournals {
  const names = readdirSync(folder).filter((name) => NAME.test(name) && !isAlive(name, readProc));
  const journals: JournalContent[] = [];
  let unreadable = 0;
  for (const name of names.slice(0, MAX_READ)) {
    const journal = readFile(join(folder, name));
    if (journal === undefined) unreadable++;
    else journals.push(journal);
  }
  unreadable += Math.max(0, names.length - MAX_READ);
  const own = ownJournalName(readProc); // may exist already if there is no /proc to tell processes apart
  const remove = () => {
    for (const name of names) if (name !== own) removeQuietly(join(folder, name));
  };
  return { journals, unreadable, remove };
}

/** The file may be missing. */
export function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // it is read again at the next start, which is harmless
  }
}

function isAlive(name: string, readProc: ReadProc): boolean {
  const [, boot, pid, start] = NAME.exec(name) ?? [];
  return boot === bootOf(readProc) && start === startOf(readProc, pid ?? "");
}

function bootOf(readProc: ReadProc): string {
  const id = readProc("sys/kernel/random/boot_id") ?? "";
  return /^[0-9a-f]{8}/.exec(id)?.[0] ?? "00000000";
}

/** Start time of a process in clock ticks since the boot; undefined if it does not exist. Source: proc(5). */
function startOf(readProc: ReadProc, pid: string): string | undefined {
  const stat = readProc(`${pid}/stat`) ?? "";
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields.at(START_TIME);
}

/** @returns undefined for a file that is not a journal or cannot be read */
function readFile(path: string): JournalContent | undefined {
  try {
    return readJournal(readRegularFile(path, MAX_JOURNAL_BYTES, { links: "refuse" }));
  } catch {
    return undefined;
  }
}
