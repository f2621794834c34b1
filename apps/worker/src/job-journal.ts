import { closeSync, constants, fstatSync, writeSync } from "node:fs";
import { join } from "node:path";
import { type Logger, openFile } from "@mod-gearman/base";
import { type JobMark, markKey } from "./job-mark.ts";
import {
  type DeadJournals,
  ownJournalName,
  prepareFolder,
  type ReadProc,
  readDeadJournals,
  removeQuietly,
} from "./journal-folder.ts";
import { JournalTable, MAX_RECORDS, RecordState } from "./journal-table.ts";
import { type Remains, remainsOf, type Suspect } from "./suspects.ts";

export interface OpenedJournal {
  readonly journal: JobJournal;
  readonly remains: Remains;
}

export interface JournalOptions {
  /** Undefined: the journal has no file. */
  readonly folder: string | undefined;
  readonly readProc: ReadProc;
  readonly logger: Pick<Logger, "info" | "warn">;
  /** Default: that of `node:fs`. */
  readonly write?: typeof writeSync;
}

const MODE = 0o600;
const NO_JOURNAL = "no journal of jobs in hand, a job that ends the worker will not be recognised";

interface Entry {
  readonly suspect: Suspect;
  /** Index in the table, -1 if it is not in it. */
  readonly index: number;
}

/**
 * The jobs that this process is running, in a file: written before a job begins to run, without fsync, since it must survive
 * the process and not the machine. The file is written by this process only, has at most {@link MAX_JOURNAL_BYTES} and is
 * removed at an orderly end. Files of dead processes contain the jobs that were running when they died, see
 * {@link JobGate}. Never throws: a journal that cannot be written is abandoned with a warning; `tend` tries again.
 */
export class JobJournal {
  readonly #options: JournalOptions;
  readonly #name: string;
  readonly #table = new JournalTable();
  readonly #suspects = new Map<string, Entry>();
  #fd: number | undefined;
  #isReported = false;
  #isFull = false;

  /** Opens no file: see `start`. */
  constructor(options: JournalOptions, { suspects, deaths }: Remains) {
    this.#options = options;
    this.#name = ownJournalName(options.readProc);
    this.#table.deaths = deaths;
    for (const suspect of suspects) {
      const state = suspect.isRefused ? RecordState.refused : RecordState.suspect;
      const index = this.#table.add(state, suspect.mark);
      this.#suspects.set(markKey(suspect.mark), { suspect, index });
    }
  }

  /** Number of unsettled jobs that were running when earlier processes died. */
  get suspects(): number {
    return this.#suspects.size;
  }

  find(mark: JobMark): Suspect | undefined {
    return this.#suspects.get(markKey(mark))?.suspect;
  }

  /** A job begins to run. @returns the argument for `end`; -1 if the journal is full or not in use */
  begin(mark: JobMark): number {
    if (this.#fd === undefined) return -1;
    const index = this.#table.add(RecordState.running, mark);
    this.flush();
    if (index < 0 && !this.#isFull) {
      this.#isFull = true;
      this.#options.logger.warn(
        `journal of jobs in hand: full, of more than ${MAX_RECORDS} jobs the rest is not in it`,
      );
    }
    return index;
  }

  /** The job has ended. Written with the next job that begins, or by `flush`. */
  end(index: number): void {
    if (index >= 0) this.#table.remove(index);
  }

  /** True: the suspect runs alone. False: it stopped before its execution was complete. */
  setAlone({ mark }: Suspect, isAlone: boolean): void {
    const index = this.#suspects.get(markKey(mark))?.index ?? -1;
    if (index < 0) return;
    this.#table.setState(index, isAlone ? RecordState.alone : RecordState.suspect);
    this.flush();
  }

  /** The suspect was executed and this process survived, or it was answered. */
  clear({ mark }: Suspect): void {
    this.#remove(markKey(mark));
    this.flush();
  }

  clearAll(): void {
    for (const key of [...this.#suspects.keys()]) this.#remove(key);
    this.flush();
  }

  /** Writes the changed part only. */
  flush(): void {
    const { changedFrom, changedTo } = this.#table;
    this.#table.settle();
    if (this.#fd === undefined || changedFrom >= changedTo) return;
    try {
      this.#write(this.#fd, changedFrom, changedTo);
    } catch (error) {
      this.giveUp(error);
    }
  }

  /** To be called periodically: creates the file again if it is missing or could not be written. */
  tend(): void {
    if (this.#options.folder === undefined) return;
    if (this.#fd !== undefined && isLinked(this.#fd)) {
      this.flush();
      return;
    }
    this.#closeFile();
    if (this.start()) this.#options.logger.info("journal of jobs in hand: written again");
  }

  /** @returns false if the file cannot be created */
  start(): boolean {
    const { folder } = this.#options;
    if (folder === undefined) return false;
    const { O_RDWR, O_CREAT, O_EXCL } = constants;
    const path = join(folder, this.#name);
    try {
      prepareFolder(folder);
      removeQuietly(path);
      this.#fd = openFile(path, O_RDWR | O_CREAT | O_EXCL, { links: "refuse", mode: MODE });
      this.#table.settle();
      this.#write(this.#fd, 0, this.#table.image.length);
      this.#isReported = false;
      return true;
    } catch (error) {
      this.giveUp(error);
      return false;
    }
  }

  /** Call it at an orderly end. */
  close(): void {
    const { folder } = this.#options;
    this.#closeFile();
    if (folder !== undefined) removeQuietly(join(folder, this.#name));
  }

  /** Logged once. */
  giveUp(error: unknown): void {
    this.close();
    if (this.#isReported) return;
    this.#isReported = true;
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.logger.warn(`${NO_JOURNAL}: ${reason}`);
  }

  /** @throws errors of the system */
  #write(fd: number, from: number, to: number): void {
    const { write = writeSync } = this.#options;
    if (write(fd, this.#table.image, from, to - from, from) !== to - from)
      throw new Error("the disk is full");
  }

  #remove(key: string): void {
    this.end(this.#suspects.get(key)?.index ?? -1);
    this.#suspects.delete(key);
    if (this.#suspects.size === 0) this.#table.deaths = 0;
  }

  #closeFile(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}

/**
 * Reads the journals of dead processes in the folder and starts that of this process. If that fails, a warning is logged and
 * the journal has no file.
 */
export function openJournal(options: JournalOptions): OpenedJournal {
  const { folder, readProc, logger } = options;
  if (folder === undefined) return { journal: new JobJournal(options, NOTHING), remains: NOTHING };
  let dead: DeadJournals;
  try {
    prepareFolder(folder);
    dead = readDeadJournals(folder, readProc);
  } catch (error) {
    const journal = new JobJournal(options, NOTHING);
    journal.giveUp(error);
    return { journal, remains: NOTHING };
  }
  const remains = remainsOf(dead.journals);
  const journal = new JobJournal(options, remains);
  if (journal.start()) dead.remove(); // only after their content is in the new one
  if (dead.unreadable > 0) logger.warn(`${dead.unreadable} files in ${folder} are not journals, left out`);
  return { journal, remains };
}

const NOTHING: Remains = { suspects: [], deaths: 0, forgotten: 0 };

function isLinked(fd: number): boolean {
  try {
    return fstatSync(fd).nlink > 0;
  } catch {
    return false;
  }
}
