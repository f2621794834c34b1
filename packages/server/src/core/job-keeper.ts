import type { Job } from "./entities.ts";

/** Keeps background jobs outside of memory; `StoredJobs` is one. */
export interface JobKeeper {
  /**
   * Stores a job that has become a background one.
   *
   * @returns true if `onDone` will be called, later, with whether it is stored
   */
  keep(job: Job, onDone: (job: Job, isStored: boolean) => void): boolean;
  /**
   * The job has another function than before.
   *
   * @param successor the live job of the function that it had before with the same unique, if there is one in the end
   * @returns true if `onDone` will be called, later, with whether it is stored for its function; if not, it stays stored for
   * the one before
   */
  move(
    job: Job,
    before: string,
    successor: () => Job | undefined,
    onDone: (isStored: boolean) => void,
  ): boolean;
  /** The job is done, or will never be. Any job, stored or not. */
  forget(job: Job): void;
}

/** A background request joins a foreground job, which goes on meanwhile (X4). */
export function makeBackground(job: Job, keeper: JobKeeper | undefined): void {
  job.background = true;
  keeper?.keep(job, onJoined);
}

function onJoined(job: Job, isStored: boolean): void {
  if (!isStored) job.background = false;
}
