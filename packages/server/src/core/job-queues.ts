import { PacketType } from "@mod-gearman/protocol";
import type { ServerClock } from "../clock.ts";
import { addAbility, removeAbility } from "./abilities.ts";
import { addToIndex, findEqual, removeFromIndex, workloadKeyOf } from "./coalescing.ts";
import { DueJobs } from "./due-jobs.ts";
import { FunctionTable } from "./function-table.ts";
import { type Job, type JobRequest, NOBODY, PRIORITIES } from "./job.ts";
import type { JobFunction } from "./job-function.ts";
import { JobTable } from "./job-table.ts";
import type { Peer } from "./peer.ts";
import { moveToEnd, type SelectionRules, selectJob } from "./selection.ts";
import { wake, wakeWorkers } from "./wake-up.ts";

/** Settings of {@link JobQueues}. */
export interface QueueRules extends SelectionRules {
  /** Up to 52 bytes, latin1: a handle has at most 63. */
  readonly handlePrefix: string;
  /** Attempts per job, 0 = unlimited. */
  readonly jobRetries: number;
  /** Sleeping workers woken per job, 0 = all. */
  readonly workerWakeup: number;
}

/** What the queues tell about jobs. */
export interface QueueEvents {
  /** A new job, not one that joined another. */
  accepted(job: Job): void;
  /** A worker did not finish in the time of CAN_DO_TIMEOUT. */
  timedOut(job: Job): void;
  /** Taken away from workers too often. */
  retriesUsedUp(job: Job): void;
  /** The job is no more, for whatever reason. */
  gone(job: Job): void;
}

const SHORTEST_TIMEOUT_MS = 1000;
const LONGEST_TIMEOUT_MS = 0x7fff_ffff;

/** Functions, jobs and who waits for what. Knows no sockets and no packets but NOOP and WORK_FAIL. */
export class JobQueues {
  readonly functions = new FunctionTable();
  readonly jobs: JobTable;
  readonly #rules: QueueRules;
  readonly #clock: ServerClock;
  readonly #events: QueueEvents;
  readonly #due: DueJobs;

  constructor(rules: QueueRules, clock: ServerClock, events: QueueEvents) {
    this.#rules = rules;
    this.#clock = clock;
    this.#events = events;
    this.jobs = new JobTable(rules.handlePrefix);
    this.#due = new DueJobs(clock, {
      drop: this.#drop,
      queued: (jobFunction) => wakeWorkers(jobFunction, rules.workerWakeup),
    });
  }

  /**
   * A job for `request`: a live one that equals it, which then keeps its own workload and priority, or a new one.
   * `client` hears what becomes of it, unless the request is a background one. A foreground job that a background
   * request joins is done even if its clients leave (X4). Source: job-server.md 2.2, 2.3.
   *
   * @returns undefined when the queue is full
   */
  submit(request: JobRequest, client: Peer): Job | undefined {
    const jobFunction = this.functions.findOrCreate(request.function);
    const workloadKey = workloadKeyOf(request);
    const known = findEqual(jobFunction, request, workloadKey);
    if (known !== undefined) {
      if (request.background) known.background = true;
      else attach(client, known);
      return known;
    }
    const limit = jobFunction.limits[request.priority];
    if (limit > 0 && jobFunction.total >= limit) return undefined;
    const job = this.jobs.create(request, jobFunction);
    jobFunction.total += 1;
    addToIndex(job, workloadKey);
    if (!request.background) attach(client, job);
    this.#events.accepted(job);
    this.#enqueue(job);
    return job;
  }

  /** The next job for `peer`, now held by it. Source: job-server.md 2.4. */
  grab(peer: Peer): Job | undefined {
    peer.isAsleep = false;
    const job = this.#select(peer);
    if (job === undefined) return undefined;
    const { function: jobFunction } = job;
    jobFunction.queue(job.priority).shift();
    jobFunction.running += 1;
    job.worker = peer;
    peer.held.add(job);
    const timeoutMs = timeLimit(peer, jobFunction);
    if (timeoutMs > 0) this.#limitTime(job, timeoutMs);
    if (this.#rules.roundRobin) moveToEnd(peer, jobFunction);
    return job;
  }

  /** PRE_SLEEP: a peer with work to do is told so, any other one sleeps. Source: job-server.md 1.2, X6. */
  sleep(peer: Peer): void {
    peer.isAsleep = false;
    if (this.#select(peer) === undefined) peer.isAsleep = true;
    else wake(peer);
  }

  /**
   * CAN_DO and CAN_DO_TIMEOUT.
   *
   * @param timeoutMs below 1 none, below 1000 taken as 1000. Source: job-server.md 2.7
   */
  canDo(peer: Peer, name: string, timeoutMs: number): void {
    const limited = Math.min(Math.max(timeoutMs, SHORTEST_TIMEOUT_MS), LONGEST_TIMEOUT_MS);
    addAbility(peer, this.functions.findOrCreate(name), timeoutMs > 0 ? limited : 0);
  }

  /** CANT_DO: jobs of the function that `peer` holds go back at once. */
  cantDo(peer: Peer, name: string): void {
    const jobFunction = this.functions.find(name);
    if (jobFunction === undefined) return;
    this.#withdraw(peer, jobFunction);
    this.#requeueHeld(peer, (job) => job.function === jobFunction);
  }

  /** RESET_ABILITIES. */
  resetAbilities(peer: Peer): void {
    for (const ability of [...peer.abilities]) this.#withdraw(peer, ability.function);
    this.#requeueHeld(peer, () => true);
  }

  /** The peer is gone, as client and as worker. Source: job-server.md 2.7. */
  disconnect(peer: Peer): void {
    for (const job of peer.awaited) job.clients = job.clients.filter((client) => client !== peer);
    peer.awaited.clear();
    this.resetAbilities(peer);
  }

  /** Drop a job that is not in a queue, with all that refers to it. */
  finish(job: Job): void {
    this.#release(job);
    this.#detachAll(job);
    removeFromIndex(job);
    this.jobs.delete(job);
    job.function.total -= 1;
    this.#events.gone(job);
  }

  /**
   * `cancel job`: clients hear WORK_FAIL once, nobody waits for it any more and no later request joins it (X18).
   * A waiting job leaves when its turn comes, a running worker is not told.
   */
  cancel(job: Job): void {
    for (const client of job.clients) client.send(PacketType.WORK_FAIL, job.handle);
    this.#detachAll(job);
    job.background = false;
    removeFromIndex(job);
  }

  /** Whether there is a job that somebody waits for, or that runs. */
  hasWork(): boolean {
    for (const job of this.jobs) if (!job.isIgnored || job.worker !== undefined) return true;
    return false;
  }

  /** Stop all timers. */
  close(): void {
    for (const jobFunction of this.functions) this.#due.stop(jobFunction);
    for (const job of this.jobs) this.#stopTimer(job);
  }

  /** With a limited wake-up the peer may be the only one that was told of a job that still waits. */
  #withdraw(peer: Peer, jobFunction: JobFunction): void {
    removeAbility(peer, jobFunction);
    const { workerWakeup } = this.#rules;
    if (workerWakeup > 0 && PRIORITIES.some((priority) => jobFunction.queue(priority).length > 0))
      wakeWorkers(jobFunction, workerWakeup);
  }

  #enqueue(job: Job): void {
    if (this.#due.isLater(job)) {
      this.#due.add(job);
    } else {
      job.function.queue(job.priority).push(job);
      wakeWorkers(job.function, this.#rules.workerWakeup);
    }
  }

  #select(peer: Peer): Job | undefined {
    for (const { function: jobFunction } of peer.abilities)
      if (jobFunction.later.length > 0) this.#due.promote(jobFunction);
    return selectJob(peer, this.#rules, this.#drop);
  }

  readonly #drop = (job: Job): void => this.finish(job);

  /** One timer per job, not one per connection as in gearmand (X20). */
  #limitTime(job: Job, timeoutMs: number): void {
    job.timer = this.#clock.setTimeout(() => {
      job.timer = undefined;
      this.#events.timedOut(job);
      this.#requeue(job);
    }, timeoutMs);
  }

  /** Last grabbed first. One job's end may close the peer, which gives back all the others. */
  #requeueHeld(peer: Peer, concerned: (job: Job) => boolean): void {
    for (const job of peer.held.newestFirst()) if (job.worker === peer && concerned(job)) this.#requeue(job);
  }

  /** The job was taken away from its worker: it goes to the end of its queue, or is dropped. */
  #requeue(job: Job): void {
    this.#release(job);
    job.retries += 1;
    job.numerator = 0;
    job.denominator = 0;
    if (this.#rules.jobRetries > 0 && job.retries >= this.#rules.jobRetries) {
      this.#events.retriesUsedUp(job);
      for (const client of job.clients) client.send(PacketType.WORK_FAIL, job.handle);
      this.finish(job);
      return;
    }
    this.#enqueue(job);
  }

  #release(job: Job): void {
    this.#stopTimer(job);
    if (job.worker === undefined) return;
    job.worker.held.delete(job);
    job.worker = undefined;
    job.function.running -= 1;
  }

  #detachAll(job: Job): void {
    if (job.clients.length === 0) return;
    for (const client of job.clients) client.awaited.delete(job);
    job.clients = NOBODY;
  }

  #stopTimer(job: Job): void {
    if (job.timer !== undefined) this.#clock.clearTimeout(job.timer);
    job.timer = undefined;
  }
}

/** Milliseconds that `peer` gives itself for a job of that function, 0 = any. */
function timeLimit(peer: Peer, jobFunction: JobFunction): number {
  for (const ability of peer.abilities) if (ability.function === jobFunction) return ability.timeoutMs;
  return 0;
}

function attach(client: Peer, job: Job): void {
  if (job.clients.length === 0) job.clients = [client];
  else job.clients.push(client);
  client.awaited.add(job);
}
