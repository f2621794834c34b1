/** What to send now: that many GRAB_JOB_UNIQ, or one PRE_SLEEP. Never both. */
export interface GrabPlan {
  readonly grabs: number;
  readonly preSleep: boolean;
}

const MAX_OUTSTANDING = 16; // more bring nothing (job-server.md 2.10) and would all be answered NO_JOB

/**
 * When to ask for jobs and when to sleep. Knows no connection: it is told what happened and says what to send.
 * Rules (job-server.md 2.10, worker.md 2.2): grab until NO_JOB, then PRE_SLEEP, never while a grab is
 * unanswered; after NOOP always grab before the next PRE_SLEEP, else gearmand never wakes this worker again (X6);
 * a NOOP that finds no free room is remembered. Internal to the package.
 */
export class GrabLoop {
  #capacity: number;
  #paused = false;
  #outstanding = 0;
  #held = 0;
  #exhausted = false; // NO_JOB since the last reason to believe that there are jobs
  #asleep = false; // PRE_SLEEP sent

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Grabs without answer. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** Jobs in hand, those of lost connections included: they still take up their place. */
  get held(): number {
    return this.#held;
  }

  /** PRE_SLEEP was sent, and no NOOP came since. */
  get asleep(): boolean {
    return this.#asleep;
  }

  set capacity(capacity: number) {
    this.#capacity = capacity;
  }

  set paused(paused: boolean) {
    this.#paused = paused;
  }

  /** The connection is new, or gone: nothing is outstanding, and there may be jobs. */
  restart(): void {
    this.#outstanding = 0;
    this.wake();
  }

  /** NOOP came, or functions were added: there may be jobs. */
  wake(): void {
    this.#exhausted = false;
    this.#asleep = false;
  }

  /** A job came. False when none had been asked for. */
  assigned(): boolean {
    if (this.#outstanding === 0) return false;
    this.#outstanding--;
    this.#held++;
    return true;
  }

  /** NO_JOB came. False when nothing had been asked. */
  noJob(): boolean {
    if (this.#outstanding === 0) return false;
    this.#outstanding--;
    this.#exhausted = true;
    return true;
  }

  /** A job is done with. */
  released(): void {
    this.#held--;
  }

  /** What to send now; taken as sent. `blocked`: no grabs for another reason. */
  plan(blocked: boolean): GrabPlan {
    if (this.#exhausted) {
      const preSleep = this.#outstanding === 0 && !this.#asleep;
      if (preSleep) this.#asleep = true;
      return { grabs: 0, preSleep };
    }
    if (this.#paused || blocked) return { grabs: 0, preSleep: false };
    const room = Math.min(this.#capacity - this.#held, MAX_OUTSTANDING) - this.#outstanding;
    const grabs = Math.max(0, room);
    this.#outstanding += grabs;
    return { grabs, preSleep: false };
  }
}
