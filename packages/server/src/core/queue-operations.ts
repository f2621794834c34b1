import { excess } from "./admission.ts";
import type { Job, JobFunction } from "./entities.ts";
import type { JobQueues } from "./job-queues.ts";
import { PRIORITIES } from "./job-request.ts";
import type { Steps } from "./steps.ts";

/** What became of the jobs of a function that were to be moved. */
export interface MoveOutcome {
  readonly moved: number;
  /** Stayed, as the other function has a live job with the same unique key. They wait at the end of their queue. */
  readonly equal: number;
  /** Stayed, as the store does not take them. */
  readonly notStored: number;
  /** The rest stayed, as a limit of the other function is reached. */
  readonly isFull: boolean;
}

/** `absent`: the job does not exist, or is done. */
export type CancelOutcome = "waiting" | "running" | "absent";

/** Entries of a queue that are looked at in the time of one step. */
const LOOKS_PER_STEP = 1024;

/** What an administrator does with the jobs of a function. Jobs that a worker has stay with it. Source: job-server.md 11. */
export class QueueOperations {
  readonly #queues: JobQueues;

  constructor(queues: JobQueues) {
    this.#queues = queues;
  }

  /** Jobs are accepted and kept, and none is given to a worker. @returns false if it is so already */
  pause(one: JobFunction): boolean {
    if (one.pause !== undefined) return false;
    one.suspend(Math.floor(this.#queues.seconds.precise()));
    return true;
  }

  /** Workers that sleep are woken. @returns false if it is not paused */
  resume(one: JobFunction): boolean {
    if (one.pause === undefined) return false;
    one.lookedAfterAt = Math.floor(this.#queues.seconds.precise());
    one.resume();
    let waiting = 0;
    for (const priority of PRIORITIES) waiting += one.queue(priority).length;
    if (waiting > 0) this.#queues.wakeWorkers(one, waiting);
    return true;
  }

  /**
   * Drops the jobs that wait, those for a later time too. Those that come meanwhile stay.
   *
   * @param onDrop called for each
   */
  *purge(one: JobFunction, onDrop: () => void): Steps {
    const last = this.#queues.jobs.made;
    for (const job of this.#queues.due.take((each) => each.function === one)) {
      this.#drop(job, onDrop);
      yield;
    }
    for (const priority of PRIORITIES) {
      const queue = one.waitingQueue(priority);
      for (let job = queue.first; job !== undefined && job.order <= last; job = queue.first) {
        queue.shift();
        this.#drop(job, onDrop);
        yield;
      }
    }
  }

  /**
   * A job that waits is gone at once. One that runs is forgotten: its clients get WORK_FAIL and its result is dropped, while the
   * worker, which no packet could tell so, goes on.
   *
   * @returns steps that only take time, as much as the search in its queue took
   */
  cancel(job: Job): { readonly outcome: CancelOutcome; readonly steps: Steps } {
    const queues = this.#queues;
    const isRunning = job.worker !== undefined;
    const length = isRunning ? 0 : this.#takeOut(job);
    queues.cancel(job);
    if (length !== undefined && !isRunning) queues.finish(job);
    return {
      outcome: isRunning ? "running" : "waiting",
      steps: pass(Math.floor((length ?? 0) / LOOKS_PER_STEP)),
    };
  }

  /**
   * Jobs that wait in `from` wait at the end of the queue of `to` afterwards, under their handles, with their clients.
   *
   * @param limit the most that are moved, in the order in which they would be assigned; undefined: all, those for a later time too
   * @param onEnd called once the store has them
   */
  *move(
    from: JobFunction,
    to: JobFunction,
    limit: number | undefined,
    onEnd: (outcome: MoveOutcome) => void,
  ): Steps {
    const tally = new MoveTally(onEnd);
    const last = this.#queues.jobs.made;
    for (const priority of PRIORITIES) {
      const queue = from.waitingQueue(priority);
      for (
        let looks = queue.length;
        looks > 0 && tally.attempts < (limit ?? Number.POSITIVE_INFINITY);
        looks--
      ) {
        const job = queue.first;
        if (job === undefined || job.order > last) break;
        if (this.#isFull(to, job)) {
          tally.isFull = true;
          break;
        }
        queue.shift();
        this.#moveOne(job, to, tally);
        yield;
      }
    }
    if (limit === undefined && !tally.isFull) yield* this.#moveLater(from, to, tally);
    tally.end();
  }

  *#moveLater(from: JobFunction, to: JobFunction, tally: MoveTally): Steps {
    for (const job of this.#queues.due.take((each) => each.function === from)) {
      if (this.#isFull(to, job)) tally.isFull = true;
      if (tally.isFull) this.#queues.enqueue(job);
      else this.#moveOne(job, to, tally);
      yield;
    }
  }

  /** `job` is in no queue. */
  #moveOne(job: Job, to: JobFunction, tally: MoveTally): void {
    const queues = this.#queues;
    if (job.isIgnored) {
      queues.finish(job);
      return;
    }
    const from = job.function;
    if (queues.coalescing.findEqual(to, job, job.workloadKey) !== undefined) {
      tally.equal += 1;
      queues.enqueue(job);
      return;
    }
    const key = job.workloadKey;
    this.#rename(job, to);
    tally.attempts += 1;
    const successor = () => queues.coalescing.findEqual(from, job, key);
    const onDone = (isStored: boolean): void => {
      tally.settle(isStored);
      this.#count(from, isStored ? 1 : 0);
      if (!queues.jobs.has(job)) return;
      if (!isStored) this.#rename(job, from);
      if (job.isIgnored) queues.finish(job);
      else queues.enqueue(job);
    };
    if (queues.keeper?.move(job, from.name, successor, onDone) !== true) onDone(true);
  }

  #count(from: JobFunction, moved: number): void {
    from.counts.moved += moved;
    this.#queues.counts.moved += moved;
  }

  /** `job`, which is in no queue, is one of `to` from now on. */
  #rename(job: Job, to: JobFunction): void {
    const { coalescing } = this.#queues;
    const key = job.workloadKey;
    coalescing.delete(job);
    job.function.discount(job);
    job.function = to;
    to.count(job);
    if (!job.isIgnored && coalescing.findEqual(to, job, key) === undefined) coalescing.add(job, key);
  }

  #isFull(to: JobFunction, job: Job): boolean {
    const limit = to.limit(job.priority);
    if (limit > 0 && to.total >= limit) return true;
    return excess(job.dataBytes, to, { maxQueuedBytes: 0 }, 0) !== undefined;
  }

  /** `job` is in no queue. One without client would have been dropped anyway. */
  #drop(job: Job, onDrop: () => void): void {
    if (job.isIgnored) {
      this.#queues.finish(job);
      return;
    }
    this.#queues.drop(job, "purge");
    onDrop();
  }

  /** @returns length of the queue from which it has been taken; undefined if it is on its way to one */
  #takeOut(job: Job): number | undefined {
    const queue = job.function.waitingQueue(job.priority);
    const { length } = queue;
    if (queue.remove(job)) return length;
    if (job.whenSeconds === 0 || job.function.later === 0) return undefined;
    return this.#queues.due.take((each) => each === job).length > 0 ? length : undefined;
  }
}

/** Counts until all is known. */
class MoveTally {
  readonly #onEnd: (outcome: MoveOutcome) => void;
  #moved = 0;
  #notStored = 0;
  #hasEnded = false;
  attempts = 0;
  equal = 0;
  isFull = false;

  constructor(onEnd: (outcome: MoveOutcome) => void) {
    this.#onEnd = onEnd;
  }

  settle(isStored: boolean): void {
    if (isStored) this.#moved += 1;
    else this.#notStored += 1;
    this.#look();
  }

  end(): void {
    this.#hasEnded = true;
    this.#look();
  }

  #look(): void {
    if (!this.#hasEnded || this.#moved + this.#notStored < this.attempts) return;
    const { equal, isFull } = this;
    this.#onEnd({ moved: this.#moved, equal, notStored: this.#notStored, isFull });
  }
}

function* pass(steps: number): Steps {
  for (let left = steps; left > 0; left--) yield;
}
