import { crc32 } from "node:zlib";
import type { JobEnd } from "./job.ts";

/** What tells one job of a server from all others. */
export interface RememberedJob {
  readonly handle: Buffer;
  readonly data: Buffer;
}

/** A run of a job that has not ended. */
interface RunInProgress {
  /** Calls `listener` when it has ended. */
  onEnd(listener: (end: JobEnd) => void): void;
}

/** What to do with a job that was just taken: run it, wait for the run there is, or just answer it. */
export type Repetition = "new" | "answered" | RunInProgress;

class Entry implements RunInProgress {
  readonly key: string;
  readonly bytes: number;
  readonly crc: number;
  answered = false;
  #listeners: ((end: JobEnd) => void)[] | undefined;

  constructor(key: string, bytes: number, crc: number) {
    this.key = key;
    this.bytes = bytes;
    this.crc = crc;
  }

  isOf(data: Buffer): boolean {
    return this.bytes === data.length && this.crc === crc32(data);
  }

  onEnd(listener: (end: JobEnd) => void): void {
    this.#listeners ??= [];
    this.#listeners.push(listener);
  }

  tell(end: JobEnd): void {
    const listeners = this.#listeners ?? [];
    this.#listeners = undefined;
    for (const listener of listeners) listener(end);
  }
}

/**
 * Recognises a job that a server hands out again because the connection on which this worker took it was lost: it runs
 * here already, or it has run and only the answer did not arrive. Running it twice would double its result.
 *
 * Of each slot the job it runs and the one before are known: only their answers can still be on the way. When a
 * connection is lost they stay known, because a server may put them behind a long queue before it hands them out again.
 * Handles start again with a new server process; the workload, which contains the time of the check in microseconds, must
 * be the same too. Not recognised: a job handed to another worker (at-least-once; the bridge applies one result of a
 * check only), and the oldest ones when more than {@link MAX_LOST} were lost.
 */
export class JobMemory {
  readonly #byKey = new Map<string, Entry>();
  /** Of each slot: the last jobs it took, newest last. */
  readonly #bySlot = new Map<number, Entry[]>();
  /** Jobs that a server may hand out again, oldest first; kept whatever their slot does. */
  readonly #lost = new Set<Entry>();

  /** Jobs remembered now: at most two per slot, and those whose connection was lost. */
  get size(): number {
    return this.#byKey.size;
  }

  /** What is known of a job that a slot has taken from a server. */
  recall(server: string, job: RememberedJob): Repetition {
    const entry = this.#byKey.get(keyOf(server, job));
    if (entry === undefined || !entry.isOf(job.data)) return "new";
    this.#lose(entry); // the answer to this one may be lost like that to the first
    return entry.answered ? "answered" : entry;
  }

  /**
   * The slot runs the job.
   *
   * @param crc CRC-32 of its payload
   * @returns to be called when it has ended; one that was not answered may run again
   */
  remember(slot: number, server: string, job: RememberedJob, crc = crc32(job.data)): (end: JobEnd) => void {
    const entry = new Entry(keyOf(server, job), job.data.length, crc);
    let jobs = this.#bySlot.get(slot);
    if (jobs === undefined) {
      jobs = [];
      this.#bySlot.set(slot, jobs);
    }
    jobs.push(entry);
    if (jobs.length > JOBS_PER_SLOT) this.#release(jobs.shift());
    this.#byKey.set(entry.key, entry);
    return (end) => {
      if (end === "answered") entry.answered = true;
      else this.#drop(slot, entry);
      entry.tell(end);
    };
  }

  /** The slot's connection to a server was lost: the server may hand out the slot's last jobs again. */
  lost(slot: number): void {
    for (const entry of this.#bySlot.get(slot) ?? []) this.#lose(entry);
  }

  /** The slot is gone for good. */
  forget(slot: number): void {
    const jobs = this.#bySlot.get(slot) ?? [];
    this.#bySlot.delete(slot);
    for (const entry of jobs) this.#release(entry);
  }

  #lose(entry: Entry): void {
    this.#lost.add(entry);
    const [oldest] = this.#lost;
    if (this.#lost.size <= MAX_LOST || oldest === undefined) return;
    this.#lost.delete(oldest);
    this.#release(oldest);
  }

  /** No slot needs the job any more. */
  #release(entry: Entry | undefined): void {
    if (entry === undefined || this.#lost.has(entry)) return;
    if (this.#byKey.get(entry.key) === entry) this.#byKey.delete(entry.key);
  }

  #drop(slot: number, entry: Entry): void {
    const jobs = this.#bySlot.get(slot) ?? [];
    const at = jobs.indexOf(entry);
    if (at !== -1) jobs.splice(at, 1);
    this.#lost.delete(entry);
    this.#release(entry);
  }
}

const JOBS_PER_SLOT = 2;
/** Jobs of lost connections, some 200 bytes each. */
export const MAX_LOST = 8192;

function keyOf(server: string, job: RememberedJob): string {
  return `${server} ${job.handle.toString("latin1")}`;
}
