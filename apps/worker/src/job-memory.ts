import { crc32 } from "node:zlib";
import type { JobEnd } from "./job-handler.ts";

/** What tells one job of a server from all others. */
export interface RememberedJob {
  readonly handle: Buffer;
  readonly data: Buffer;
}

interface Entry {
  readonly key: string;
  readonly bytes: number;
  readonly crc: number;
  /** Its end, while it runs; then only whether it was answered. */
  end: Promise<JobEnd> | "answered";
}

/** What to do with a job that was just taken: run it, or give the end of the run that this worker has made already. */
export type Repetition = "new" | Promise<JobEnd> | "answered";

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
    if (entry === undefined || entry.bytes !== job.data.length || entry.crc !== crc32(job.data)) return "new";
    return entry.end;
  }

  /** The slot runs the job; `end` must not reject. A job that was not answered in the end may run again. */
  remember(slot: number, server: string, job: RememberedJob, end: Promise<JobEnd>): void {
    const entry: Entry = { key: keyOf(server, job), bytes: job.data.length, crc: crc32(job.data), end };
    const jobs = this.#bySlot.get(slot) ?? [];
    this.#bySlot.set(slot, jobs);
    jobs.push(entry);
    const [oldest] = jobs;
    if (jobs.length > JOBS_PER_SLOT && oldest !== undefined) this.#drop(jobs, oldest);
    this.#byKey.set(entry.key, entry);
    void end.then((result) => {
      if (result === "answered") entry.end = "answered";
      else this.#drop(jobs, entry);
    });
  }

  /** The slot is gone for good.. */
  forget(slot: number): void {
    for (const entry of [...(this.#bySlot.get(slot) ?? [])]) this.#drop(this.#bySlot.get(slot) ?? [], entry);
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
