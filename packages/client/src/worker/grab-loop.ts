/** What to send now: a number of GRAB_JOB_UNIQ, or one PRE_SLEEP, never both. */
export interface GrabPlan {
  readonly grabs: number;
  readonly preSleep: boolean;
}

const OUTSTANDING = 16; // more would mostly be answered NO_JOB, and do little unless jobs come by the thousand

/**
 * Decides when to grab and when to sleep, from events of a connection that it does not know.
 * Rules (job-server.md 2.10, worker.md 2.2): grab until NO_JOB, then PRE_SLEEP, never while a grab is
 * unanswered; after NOOP always grab before the next PRE_SLEEP, else gearmand never wakes this worker again (X6);
 * a NOOP while the capacity is used up is remembered. Internal to the package.
 */
export class GrabLoop {
  #capacity: number;
  #paused = false;
  #outstanding = 0;
  #held = 0;
  #exhausted = false; // NO_JOB since the last sign of jobs
  #asleep = false; // PRE_SLEEP sent
  readonly #maxOutstanding: number;
  #limit = OUTSTANDING; // of outstanding grabs

  /** @param maxOutstanding outstanding grabs may grow to this number while every one of them brings a job */
  constructor(capacity: number, maxOutstanding: number = OUTSTANDING) {
    this.#capacity = capacity;
    this.#maxOutstanding = maxOutstanding;
  }

  get outstanding(): number {
    return this.#outstanding;
  }

  /** Unfinished jobs, those of lost connections included: they count against the capacity. */
  get held(): number {
    return this.#held;
  }

  /** PRE_SLEEP was sent and not answered by NOOP yet. */
  get asleep(): boolean {
    return this.#asleep;
  }

  set capacity(capacity: number) {
    this.#capacity = capacity;
  }

  set paused(paused: boolean) {
    this.#paused = paused;
  }

  /** The connection is new or lost: no grab is outstanding, and there may be jobs. */
  restart(): void {
    this.#outstanding = 0;
    this.wake();
  }

  /** There may be jobs: NOOP was received, or functions were added. */
  wake(): void {
    this.#exhausted = false;
    this.#asleep = false;
  }

  /** A job was received. @returns false if no grab was outstanding */
  assigned(): boolean {
    if (this.#outstanding === 0) return false;
    this.#outstanding--;
    this.#held++;
    if (this.#limit < this.#maxOutstanding) this.#limit++;
    return true;
  }

  /** NO_JOB was received. @returns false if no grab was outstanding */
  noJob(): boolean {
    if (this.#outstanding === 0) return false;
    this.#outstanding--;
    this.#exhausted = true;
    this.#limit = OUTSTANDING;
    return true;
  }

  released(): void {
    this.#held--;
  }

  /** @param blocked no grabs for a reason outside this class. @returns what to send now; counted as sent */
  plan(blocked: boolean): GrabPlan {
    if (this.#exhausted) {
      const preSleep = this.#outstanding === 0 && !this.#asleep;
      if (preSleep) this.#asleep = true;
      return { grabs: 0, preSleep };
    }
    if (this.#paused || blocked) return { grabs: 0, preSleep: false };
    const room = Math.min(this.#capacity - this.#held, this.#limit) - this.#outstanding;
    const grabs = Math.max(0, room);
    this.#outstanding += grabs;
    return { grabs, preSleep: false };
  }
}
