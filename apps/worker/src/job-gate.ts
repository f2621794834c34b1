import type { Clock, Logger, Timer } from "@mod-gearman/base";
import type { Assignment, HandleJob, JobEnd, Origin } from "./job.ts";
import type { JobJournal } from "./job-journal.ts";
import { markOf } from "./job-mark.ts";
import type { Suspect } from "./suspects.ts";

export interface JobGateDeps {
  /** Runs a job. It calls `begins` before anything starts that may end this process. */
  run(assignment: Assignment, origin: Origin, done: (end: JobEnd) => void, begins: () => void): void;
  refuse(assignment: Assignment, origin: Origin, done: (end: JobEnd) => void): void;
  /** Stops or resumes all slots. */
  hold(isHeld: boolean): void;
  readonly journal: JobJournal;
  /** Number of consecutive processes that died while jobs were running. */
  readonly deaths: number;
  readonly clock: Clock;
  readonly logger: Pick<Logger, "info" | "warn">;
}

interface Job {
  readonly assignment: Assignment;
  readonly origin: Origin;
  readonly done: (end: JobEnd) => void;
}

/** A job that was running when an earlier process died. */
interface SuspectJob extends Job {
  readonly suspect: Suspect;
}

/** Decoding a larger payload may exhaust memory by itself: such a job is in the journal before it is decoded. */
const LARGE_BYTES = 64 * 1024;
const FIRST_QUIET_MS = 60_000;
const MAX_QUIET_MS = 3_600_000;
/** A suspect that has not come again within this time was run by another worker. */
const SUSPICION_MS = 3_600_000;

/**
 * Between slots and job handler: keeps the journal of running jobs and ensures that a job that ends this process is not run
 * again and again (D30).
 *
 * A job that was running when a process died is a suspect. When it comes again, slots take no further jobs, it waits until no
 * other job runs, and then runs alone; several suspects run one after the other. A suspect that ends is cleared. Only one
 * that was running alone when the process died again is refused. Altogether this may delay other jobs by at most a minute,
 * doubled with each consecutive death; remaining suspects then run beside other jobs and stay suspects.
 */
export class JobGate {
  readonly #deps: JobGateDeps;
  /** They wait until they can run alone. */
  readonly #waiting: SuspectJob[] = [];
  readonly #held: Job[] = [];
  readonly #startedMs: number;
  #running = 0;
  #quiet: { readonly sinceMs: number; readonly timer: Timer } | undefined;
  #alone: Suspect | undefined;
  #quietLeftMs: number;
  #refused = 0;

  constructor(deps: JobGateDeps) {
    this.#deps = deps;
    this.#startedMs = deps.clock.monotonicMs();
    this.#quietLeftMs = Math.min(FIRST_QUIET_MS * 2 ** Math.max(0, deps.deaths - 1), MAX_QUIET_MS);
  }

  /** Number of jobs that were not run because two processes had died while they ran. */
  get refused(): number {
    return this.#refused;
  }

  /** Number of jobs that were running when a process died and have not ended since. */
  get suspects(): number {
    return this.#deps.journal.suspects;
  }

  readonly handle: HandleJob = (assignment, origin, done) => {
    const job = { assignment, origin, done };
    const suspect = this.#suspectOf(job);
    if (suspect?.isRefused) this.#refuse(job, suspect);
    else if (suspect !== undefined) this.#takeSuspect({ ...job, suspect });
    else if (this.#quiet !== undefined) this.#held.push(job);
    else this.#start(job, undefined);
  };

  /** Call it about once a minute. */
  tend(): void {
    const { journal, clock } = this.#deps;
    const isOver = clock.monotonicMs() - this.#startedMs >= SUSPICION_MS;
    if (isOver && this.#quiet === undefined && journal.suspects > 0) journal.clearAll();
    journal.tend();
  }

  /** Writes the journal, so that ended jobs leave it; to be called every second. */
  flush(): void {
    this.#deps.journal.flush();
  }

  /** To be called at an orderly end, when no job runs or will run. */
  close(): void {
    this.#deps.journal.close();
  }

  /** One line, or none without suspects and refused jobs. */
  describe(): string[] {
    const { suspects, refused } = this;
    if (suspects + refused === 0) return [];
    const waiting =
      this.#quiet === undefined ? "" : `, ${this.#waiting.length + this.#held.length} jobs wait`;
    return [`in hand when the worker died: ${suspects} jobs not seen again, ${refused} not run${waiting}`];
  }

  /** The worker stops: jobs that have not begun go back to their servers. */
  cancel(): void {
    this.#quietLeftMs = 0;
    this.#endQuiet();
    for (const { done } of [...this.#waiting.splice(0), ...this.#held.splice(0)]) done("canceled");
  }

  #suspectOf({ assignment, origin }: Job): Suspect | undefined {
    const { journal } = this.#deps;
    if (journal.suspects === 0) return undefined;
    return journal.find(markOf(origin.queue, assignment.data, origin.crc));
  }

  #refuse({ assignment, origin, done }: Job, suspect: Suspect): void {
    this.#refused++;
    this.#deps.refuse(assignment, origin, (end) => {
      if (end === "answered") this.#deps.journal.clear(suspect);
      done(end);
    });
  }

  #takeSuspect(job: SuspectJob): void {
    if (this.#quietLeftMs <= 0) {
      this.#start(job, job.suspect);
      return;
    }
    this.#waiting.push(job);
    if (this.#quiet === undefined) this.#beginQuiet();
    else this.#advance();
  }

  #beginQuiet(): void {
    const { clock, hold, logger } = this.#deps;
    const seconds = Math.ceil(this.#quietLeftMs / 1000);
    logger.info(
      `a job came again that was in hand when the worker died: it runs alone, others wait for at most ${seconds} s`,
    );
    const timer = clock.setTimeout(() => this.#giveUp(), this.#quietLeftMs);
    this.#quiet = { sinceMs: clock.monotonicMs(), timer };
    hold(true);
    this.#advance();
  }

  /** Runs the next suspect if no other job runs; without suspects the held jobs. */
  #advance(): void {
    if (this.#quiet === undefined || this.#running > 0) return;
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#endQuiet();
      for (const job of this.#held.splice(0)) this.#start(job, undefined);
      this.#deps.hold(false);
      return;
    }
    const { suspect } = next;
    this.#alone = suspect;
    this.#deps.journal.setAlone(suspect, true);
    this.#start(next, suspect);
  }

  /** The maximum time of waiting is over. */
  #giveUp(): void {
    const { journal, logger, hold } = this.#deps;
    const waiting = this.#waiting.splice(0);
    const left = waiting.length + (this.#alone === undefined ? 0 : 1);
    logger.warn(
      `other jobs have waited for long enough, ${left} jobs that were in hand when the worker died run beside them`,
    );
    if (this.#alone !== undefined) journal.setAlone(this.#alone, false);
    this.#alone = undefined;
    this.#endQuiet();
    for (const job of waiting) this.#start(job, job.suspect);
    for (const job of this.#held.splice(0)) this.#start(job, undefined);
    hold(false);
  }

  #endQuiet(): void {
    if (this.#quiet === undefined) return;
    const { clock } = this.#deps;
    clock.clearTimeout(this.#quiet.timer);
    this.#quietLeftMs = Math.max(0, this.#quietLeftMs - (clock.monotonicMs() - this.#quiet.sinceMs));
    this.#quiet = undefined;
  }

  #start({ assignment, origin, done }: Job, given: Suspect | undefined): void {
    const { journal } = this.#deps;
    const { data } = assignment;
    // the same job may have come twice and have been cleared since
    const suspect = given === undefined ? undefined : journal.find(given.mark);
    let index = -1; // index in the journal; a suspect is there already
    const begins = () => {
      if (suspect === undefined && index < 0) index = journal.begin(markOf(origin.queue, data, origin.crc));
    };
    if (data.length > LARGE_BYTES) begins();
    this.#running++;
    const ended = (end: JobEnd) => {
      this.#running--;
      journal.end(index);
      if (suspect !== undefined) this.#suspectEnded(suspect, end);
      done(end);
      if (this.#quiet !== undefined) this.#advance();
    };
    this.#deps.run(assignment, origin, ended, begins);
  }

  /** This process survived: the suspect is cleared if it was executed. */
  #suspectEnded(suspect: Suspect, end: JobEnd): void {
    const { journal } = this.#deps;
    if (end === "answered") journal.clear(suspect);
    else if (this.#alone === suspect) journal.setAlone(suspect, false);
    if (this.#alone === suspect) this.#alone = undefined;
  }
}
