import { PacketType } from "@mod-gearman/protocol";
import type { ServerClock } from "./clock.ts";
import { Coalescing, workloadKeyOf } from "./coalescing.ts";
import { CoarseSeconds } from "./coarse-seconds.ts";
import { Counts, type DropReason } from "./counts.ts";
import { DueJobs } from "./due-jobs.ts";
import { Ability, type Job, type JobFunction, NO_CLIENTS, type Peer, Run } from "./entities.ts";
import { FunctionTable } from "./function-table.ts";
import { type JobRequest, PRIORITIES } from "./job-request.ts";
import { JobTable } from "./job-table.ts";
import { type Selected, type SelectionRules, selectJob } from "./selection.ts";
import type { Steps } from "./steps.ts";
import { wake } from "./wake-up.ts";

export interface QueueRules extends SelectionRules {
  /** Up to 52 bytes, latin1: a handle has at most 63. */
  readonly handlePrefix: string;
  /** Attempts per job, 0 = unlimited. */
  readonly jobRetries: number;
  /** Sleeping workers woken per job, 0 = all. */
  readonly workerWakeup: number;
  readonly maxFunctions: number;
  readonly maxFunctionsPerConnection: number;
}

export interface QueueEvents {
  /** Not called for a job that joined another one. */
  accepted(job: Job): void;
  /** A worker exceeded the time limit of CAN_DO_TIMEOUT. */
  timedOut(job: Job): void;
  /** Lost by workers more often than `--job-retries` permits. */
  retriesUsedUp(job: Job): void;
  /** Called once per job, for any reason. */
  gone(job: Job): void;
  /** A function was not created because of `maxFunctions`. */
  tooManyFunctions(): void;
}

const SHORTEST_TIMEOUT_MS = 1000;
const LONGEST_TIMEOUT_MS = 0x7fff_ffff;
/** Limit of ignored jobs dropped per call. */
const DROPS_PER_CALL = 4;

/** Functions, jobs, their workers and clients. Independent of sockets; sends NOOP and WORK_FAIL only. */
export class JobQueues {
  readonly functions: FunctionTable;
  readonly jobs: JobTable;
  readonly coalescing = new Coalescing();
  readonly #rules: QueueRules;
  readonly #clock: ServerClock;
  readonly #events: QueueEvents;
  readonly #due: DueJobs;
  readonly #seconds: CoarseSeconds;
  /** Of the whole server. */
  readonly counts: Counts = new Counts();
  #running = 0;
  #bytes = 0;
  #drops = 0; // in this call

  constructor(rules: QueueRules, clock: ServerClock, events: QueueEvents) {
    this.#rules = rules;
    this.#clock = clock;
    this.#events = events;
    this.functions = new FunctionTable(rules.maxFunctions);
    this.jobs = new JobTable(rules.handlePrefix);
    this.#seconds = new CoarseSeconds(clock, () => this.jobs.size > 0);
    this.#due = new DueJobs(clock, this.#seconds, {
      drop: (job) => this.finish(job),
      queued: (jobFunction) => this.#wakeWorkers(jobFunction),
    });
  }

  get running(): number {
    return this.#running;
  }

  /** Workloads of all jobs. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Now, on the scale of `Job.queuedAt`. Reads the clock. */
  preciseSeconds(): number {
    return this.#seconds.precise();
  }

  /** @returns undefined if there would be too many functions, which has been reported */
  functionFor(name: string): JobFunction | undefined {
    const jobFunction = this.functions.findOrCreate(name);
    if (jobFunction === undefined) this.#events.tooManyFunctions();
    return jobFunction;
  }

  /**
   * A job for `request`: a live one that equals it, which keeps its own workload and priority, or a new one.
   * `client` gets its packets, unless the request is a background one. A foreground job that a background
   * request joins is executed even if its clients leave (X4). Source: job-server.md 2.2, 2.3.
   *
   * @returns undefined if the queue is full
   */
  submit(request: JobRequest, client: Peer): Job | undefined {
    const jobFunction = this.functionFor(request.function);
    if (jobFunction === undefined) return undefined;
    const workloadKey = workloadKeyOf(request);
    const known = this.coalescing.findEqual(jobFunction, request, workloadKey);
    if (known !== undefined) {
      jobFunction.counts.coalesced += 1;
      this.counts.coalesced += 1;
      if (request.background) known.background = true;
      else attach(client, known);
      return known;
    }
    const limit = jobFunction.limit(request.priority);
    if (limit > 0 && jobFunction.total >= limit) return this.#reject(jobFunction, "count");
    const job = this.jobs.create(request, jobFunction);
    jobFunction.count(job);
    this.#bytes += job.dataBytes;
    this.#seconds.need();
    this.coalescing.add(job, workloadKey);
    if (!request.background) attach(client, job);
    this.#events.accepted(job);
    this.#enqueue(job);
    return job;
  }

  /**
   * The next job for `peer`, which holds it from now on. Source: job-server.md 2.4.
   *
   * @returns `"again"` after many ignored jobs: call it once more
   */
  grab(peer: Peer): Selected {
    peer.isAsleep = false;
    const job = this.#select(peer);
    if (job === undefined || job === "again") return job;
    const { function: jobFunction } = job;
    jobFunction.queue(job.priority).shift();
    jobFunction.running += 1;
    jobFunction.counts.grabs += 1;
    this.counts.grabs += 1;
    this.#running += 1;
    const run = new Run(job, peer, this.#seconds.now);
    job.run = run;
    peer.held.add(run);
    const ability = peer.abilities.find(jobFunction);
    if (ability === undefined) return job;
    if (ability.timeoutMs > 0) this.#limitTime(run, ability.timeoutMs);
    if (this.#rules.roundRobin) peer.abilities.moveToEnd(ability);
    return job;
  }

  /**
   * PRE_SLEEP: a peer with work to do gets a NOOP, any other one sleeps, and time limits of its jobs end.
   * Source: job-server.md 1.2, 2.7, X6.
   *
   * @returns `"again"`: call it once more, as for {@link grab}
   */
  sleep(peer: Peer): "again" | undefined {
    peer.isAsleep = false;
    const job = this.#select(peer);
    if (job === "again") return job;
    if (job === undefined) {
      peer.isAsleep = true;
      peer.naps += 1;
    } else {
      wake(peer);
    }
    return undefined;
  }

  /**
   * CAN_DO and CAN_DO_TIMEOUT. If the peer had the function already, only time limit and order change (X12).
   *
   * @param timeoutMs below 1 none, below 1000 raised to 1000. Source: job-server.md 2.7
   * @returns false if there would be too many functions
   */
  canDo(peer: Peer, name: string, timeoutMs: number): boolean {
    const { abilities } = peer;
    const jobFunction = this.functionFor(name);
    if (jobFunction === undefined) return false;
    const limitMs =
      timeoutMs > 0 ? Math.min(Math.max(timeoutMs, SHORTEST_TIMEOUT_MS), LONGEST_TIMEOUT_MS) : 0;
    const known = abilities.find(jobFunction);
    if (known !== undefined) {
      known.timeoutMs = limitMs;
      abilities.moveToFront(known);
      return true;
    }
    if (abilities.size >= this.#rules.maxFunctionsPerConnection) return false;
    const ability = new Ability(peer, jobFunction, limitMs);
    jobFunction.workers.add(ability);
    abilities.add(ability);
    return true;
  }

  /** CANT_DO: jobs of the function held by `peer` are queued again, last grabbed first. */
  *cantDo(peer: Peer, name: string): Steps {
    const jobFunction = this.functions.find(name);
    const ability = jobFunction && peer.abilities.find(jobFunction);
    if (ability === undefined) return;
    this.#withdraw(ability);
    const { held } = peer;
    for (let run = held.newest; run !== undefined; ) {
      const older = run.heldBefore;
      if (run.job.function === jobFunction) this.#requeue(run.job);
      const { size } = held;
      yield;
      run = held.size === size ? older : held.newest; // a time limit may have ended in the meantime
    }
  }

  *resetAbilities(peer: Peer): Steps {
    for (const ability of peer.abilities) {
      this.#withdraw(ability);
      yield;
    }
    // last grabbed first
    for (let run = peer.held.newest; run !== undefined; run = peer.held.newest) {
      this.#requeue(run.job);
      yield;
    }
  }

  /** The peer has disconnected, as client and as worker, and makes no further requests. Source: job-server.md 2.7. */
  disconnect(peer: Peer): Steps {
    peer.hasLeft = true;
    peer.isAsleep = false;
    return this.#disconnect(peer);
  }

  *#disconnect(peer: Peer): Steps {
    for (const job of peer.awaited) {
      job.clients = job.clients.filter((client) => client !== peer);
      yield;
    }
    peer.awaited.clear();
    yield* this.resetAbilities(peer);
  }

  /** Removes a job that is not in a queue, with all references to it. */
  finish(job: Job): void {
    this.#release(job);
    this.#detachAll(job);
    this.coalescing.delete(job);
    this.jobs.delete(job);
    job.function.discount(job);
    this.#bytes -= job.dataBytes;
    this.#events.gone(job);
  }

  /**
   * `cancel job`: clients get WORK_FAIL once, none waits for it afterwards and no later request joins it
   * (X18). A waiting job is removed when it would be assigned, a running worker is not notified.
   */
  cancel(job: Job): void {
    for (const client of job.clients) client.send(PacketType.WORK_FAIL, job.handle);
    this.#detachAll(job);
    job.background = false;
    this.coalescing.delete(job);
  }

  /** True if a client waits for a job or a job is running. */
  hasWork(): boolean {
    if (this.#running > 0) return true;
    for (const job of this.jobs) if (!job.isIgnored) return true;
    return false;
  }

  close(): void {
    this.#due.stop();
    this.#seconds.stop();
    for (const { run } of this.jobs) if (run !== undefined) this.#stopTimer(run);
  }

  #reject(jobFunction: JobFunction, reason: DropReason): undefined {
    jobFunction.counts.reject(reason);
    this.counts.reject(reason);
  }

  #wakeWorkers(jobFunction: JobFunction): void {
    jobFunction.workers.wake(this.#rules.workerWakeup, wake);
  }

  /** With a limited wake-up the peer may be the only one woken for a waiting job. */
  #withdraw(ability: Ability): void {
    const { function: jobFunction, peer } = ability;
    peer.abilities.delete(ability);
    jobFunction.workers.delete(ability);
    if (this.#rules.workerWakeup === 0) return;
    if (PRIORITIES.some((priority) => jobFunction.queue(priority).length > 0)) this.#wakeWorkers(jobFunction);
  }

  #enqueue(job: Job): void {
    if (this.#due.isLater(job)) {
      this.#due.add(job);
    } else {
      job.queuedAt = this.#seconds.now;
      job.function.enqueue(job);
      this.#wakeWorkers(job.function);
    }
  }

  #select(peer: Peer): Selected {
    this.#due.promote();
    this.#drops = 0;
    return selectJob(peer, this.#rules, this.#drop);
  }

  /** @returns false once enough jobs were dropped in this call */
  readonly #drop = (job: Job): boolean => {
    this.finish(job);
    this.#drops += 1;
    return this.#drops < DROPS_PER_CALL;
  };

  /** One timer per job, not one per connection as in gearmand (X20). */
  #limitTime(run: Run, timeoutMs: number): void {
    const { job, peer } = run;
    const { naps } = peer;
    run.timer = this.#clock.setTimeout(() => {
      run.timer = undefined;
      if (peer.naps !== naps) return;
      this.#events.timedOut(job);
      this.#requeue(job);
    }, timeoutMs);
  }

  /** The worker lost the job: it is queued again at the end, or dropped. */
  #requeue(job: Job): void {
    this.#release(job);
    job.retries += 1;
    if (this.#rules.jobRetries > 0 && job.retries >= this.#rules.jobRetries) {
      job.function.counts.drop("retries");
      this.counts.drop("retries");
      this.#events.retriesUsedUp(job);
      for (const client of job.clients) client.send(PacketType.WORK_FAIL, job.handle);
      this.finish(job);
      return;
    }
    job.function.counts.requeued += 1;
    this.counts.requeued += 1;
    this.#enqueue(job);
  }

  #release(job: Job): void {
    const { run } = job;
    if (run === undefined) return;
    this.#stopTimer(run);
    run.peer.held.delete(run);
    job.run = undefined;
    job.function.running -= 1;
    this.#running -= 1;
  }

  #detachAll(job: Job): void {
    if (job.clients.length === 0) return;
    for (const client of job.clients) client.awaited.delete(job);
    job.clients = NO_CLIENTS;
  }

  #stopTimer(run: Run): void {
    if (run.timer !== undefined) this.#clock.clearTimeout(run.timer);
    run.timer = undefined;
  }
}

function attach(client: Peer, job: Job): void {
  if (job.clients.length === 0) job.clients = [client];
  else job.clients.push(client);
  client.awaited.add(job);
}
