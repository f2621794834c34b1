import { Fifo } from "./fifo.ts";
import { type Job, NORMAL, type Priority } from "./job.ts";
import { WorkerRing } from "./worker-ring.ts";

type Queues = readonly [Fifo<Job>, Fifo<Job>, Fifo<Job>];

const newQueues = (): Queues => [new Fifo(), new Fifo(), new Fifo()];
/** Of functions that never had a job; always empty. */
const NO_QUEUES = newQueues();
const NO_LIMITS: readonly number[] = [0, 0, 0];

/** A function with everything filed under its name. Source: job-server.md 2.1. */
export class JobFunction {
  /** Latin1 string of its bytes. */
  readonly name: string;
  #queues = NO_QUEUES;
  /** How many of its jobs wait in `DueJobs` for their time; all of normal priority. */
  later = 0;
  /** Jobs of any state. */
  total = 0;
  running = 0;
  readonly workers = new WorkerRing();
  #limits: readonly number[] = NO_LIMITS;
  /** Live jobs with unique `-`, by workload. */
  #byWorkload: Map<string, Job> | undefined;
  /** Set with every use of the name by a client; see `IdleFunctions`. */
  wasUsed = true;
  /** Rounds of `IdleFunctions` without use. */
  idleRounds = 0;

  constructor(name: string) {
    this.name = name;
    this.#byWorkload = undefined;
  }

  /** `total` from which on a new job of `priority` is refused; 0 = never. */
  limit(priority: Priority): number {
    return this.#limits[priority] ?? 0;
  }

  /** @param limits one for each priority, 0 = none */
  setLimits(limits: readonly number[]): void {
    this.#limits = limits.some((limit) => limit > 0) ? limits : NO_LIMITS;
  }

  get isLimited(): boolean {
    return this.#limits !== NO_LIMITS;
  }

  /** Jobs that could be started now, one queue per priority. */
  queue(priority: Priority): Fifo<Job> {
    return this.#queues[priority];
  }

  /** `job`, one of this function, could be started from now on. */
  enqueue(job: Job): void {
    if (this.#queues === NO_QUEUES) this.#queues = newQueues();
    const queue = this.#queues[job.priority];
    queue.push(job);
    if (queue.length > 1) return;
    for (let one = this.workers.watcher; one !== undefined; one = one.watcherAfter)
      one.peer.abilities.ready?.note(one, job.priority);
  }

  /** Jobs of `priority` that no worker holds, those for later included. */
  waiting(priority: Priority): number {
    return this.#queues[priority].length + (priority === NORMAL ? this.later : 0);
  }

  /** The live job with unique `-` and that workload key. */
  findByWorkload(key: string): Job | undefined {
    return this.#byWorkload?.get(key);
  }

  /** Under `key` there is no other job. */
  addWorkload(key: string, job: Job): void {
    this.#byWorkload ??= new Map();
    this.#byWorkload.set(key, job);
  }

  deleteWorkload(key: string): void {
    this.#byWorkload?.delete(key);
    if (this.#byWorkload?.size === 0) this.#byWorkload = undefined;
  }
}
