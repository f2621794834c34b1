import { crc32 } from "node:zlib";
import type { JobEnd } from "./job-handler.ts";

/** What tells one job of a server from all others. */
export interface RememberedJob {
  readonly handle: Buffer;
  readonly data: Buffer;
}

/** A run of a job that has not ended. */
export interface RunInProgress {
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

  constructor(key: string, data: Buffer) {
    this.key = key;
    this.bytes = data.length;
    this.crc = crc32(data);
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
 * Remembers, for each slot, the job it runs and the one before. An answer can be lost only until the slot has taken
 * its next job from anywhere, so older ones need not be known. Handles start again with a new server process; the workload,
 * which contains the time of the check in microseconds, must be the same too.
 * Not recognised: a job handed to another worker (at-least-once; the bridge applies one result of a check only).
 */
export class JobMemory {
  readonly #byKey = new Map<string, Entry>();
  /** Of each slot: the last jobs it took, newest last. */
  readonly #bySlot = new Map<number, Entry[]>();

  /** Jobs remembered now; at most two per slot that was ever busy since it was forgotten. */
  get size(): number {
    return this.#byKey.size;
  }

  /** What is known of a job that a slot has taken from a server. */
  recall(server: string, job: RememberedJob): Repetition {
    const entry = this.#byKey.get(keyOf(server, job));
    if (entry === undefined || !entry.isOf(job.data)) return "new";
    return entry.answered ? "answered" : entry;
  }

  /** The slot runs the job. @returns to be called when it has ended; one that was not answered may run again */
  remember(slot: number, server: string, job: RememberedJob): (end: JobEnd) => void {
    const entry = new Entry(keyOf(server, job), job.data);
    let jobs = this.#bySlot.get(slot);
    if (jobs === undefined) {
      jobs = [];
      this.#bySlot.set(slot, jobs);
    }
    const ofSlot = jobs;
    ofSlot.push(entry);
    const [oldest] = ofSlot;
    if (ofSlot.length > JOBS_PER_SLOT && oldest !== undefined) this.#drop(ofSlot, oldest);
    this.#byKey.set(entry.key, entry);
    return (end) => {
      if (end === "answered") entry.answered = true;
      else this.#drop(ofSlot, entry);
      entry.tell(end);
    };
  }

  /** The slot is gone for good. */
  forget(slot: number): void {
    const jobs = this.#bySlot.get(slot) ?? [];
    for (const entry of [...jobs]) this.#drop(jobs, entry);
    this.#bySlot.delete(slot);
  }

  #drop(jobs: Entry[], entry: Entry): void {
    const at = jobs.indexOf(entry);
    if (at !== -1) jobs.splice(at, 1);
    if (this.#byKey.get(entry.key) === entry) this.#byKey.delete(entry.key);
  }
}

const JOBS_PER_SLOT = 2;

function keyOf(server: string, job: RememberedJob): string {
  return `${server} ${job.handle.toString("latin1")}`;
}
