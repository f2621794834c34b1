import { crc32 } from "node:zlib";
import type { JobEnd } from "./job.ts";

/** The part of a job that identifies it on its server. */
export interface RememberedJob {
  readonly handle: Buffer;
  readonly data: Buffer;
}

interface RunInProgress {
  onEnd(listener: (end: JobEnd) => void): void;
}

/** How to handle a received job: run it, answer it, or wait for the run in progress. */
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

  settle(end: JobEnd): void {
    const listeners = this.#listeners ?? [];
    this.#listeners = undefined;
    for (const listener of listeners) listener(end);
  }
}

/**
 * Recognises a job that a server hands out again because the connection on which this worker received it was lost: it is
 * still running here, or it has run and only the answer did not arrive. Running it twice would duplicate its result.
 *
 * The running job and the previous one of each slot are remembered: only their answers can still be in transit. If a
 * connection is lost they stay remembered, because a server may queue them behind many others before it hands them out
 * again. Handles start again with a new server process, so the workload, which contains the time of the check in
 * microseconds, must be equal too. Not recognised: a job handed to another worker (at-least-once; the bridge applies only
 * one result of a check), and the oldest ones if more than {@link MAX_LOST} were lost.
 */
export class JobMemory {
  readonly #byKey = new Map<string, Entry>();
  /** Newest last. */
  readonly #bySlot = new Map<number, Entry[]>();
  /** Jobs that a server may hand out again, oldest first; kept independent of their slot. */
  readonly #lost = new Set<Entry>();

  /** Number of remembered jobs: at most two per slot, and those whose connection was lost. */
  get size(): number {
    return this.#byKey.size;
  }

  /** Call it for every received job. */
  recall(server: string, job: RememberedJob): Repetition {
    const entry = this.#byKey.get(keyOf(server, job));
    if (entry === undefined || !entry.isOf(job.data)) return "new";
    this.#lose(entry); // its answer may be lost again
    return entry.answered ? "answered" : entry;
  }

  /**
   * The slot begins to run the job.
   *
   * @param crc CRC-32 of its payload
   * @returns a function to be called at its end; a job that was not answered may run again
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
      entry.settle(end);
    };
  }

  /** The slot's connection to a server was lost: the server may hand out the slot's last jobs again. */
  lost(slot: number): void {
    for (const entry of this.#bySlot.get(slot) ?? []) this.#lose(entry);
  }

  /** Call it when the slot is closed. */
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

  /** Forgets the job unless its connection was lost. */
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
/** Limit of jobs of lost connections, about 200 bytes each. */
export const MAX_LOST = 8192;

function keyOf(server: string, job: RememberedJob): string {
  return `${server} ${job.handle.toString("latin1")}`;
}
