import { PacketType } from "@mod-gearman/protocol";
import { attach, detachAll } from "./clients.ts";
import type { ServerClock } from "./clock.ts";
import { Coalescing, workloadKeyOf } from "./coalescing.ts";
import { CoarseSeconds } from "./coarse-seconds.ts";
import { Counts, type DropReason } from "./counts.ts";
import { DueJobs } from "./due-jobs.ts";
import type { Ability, Job, JobFunction, Peer } from "./entities.ts";
import { FunctionTable } from "./function-table.ts";
import { type JobKeeper, makeBackground } from "./job-keeper.ts";
import { type JobRequest, PRIORITIES } from "./job-request.ts";
import { JobTable } from "./job-table.ts";
import { Newcomers } from "./newcomers.ts";
import type { QueueEvents, QueueRules } from "./queue-events.ts";
import { LimitRules } from "./queue-limits.ts";
import { register } from "./register.ts";
import { type Selected, selectJob } from "./selection.ts";
import type { Steps } from "./steps.ts";
import { wake } from "./wake-up.ts";

const DROPS_PER_CALL = 4; // of ignored jobs

/** Functions, jobs, their workers and clients. Independent of sockets; sends NOOP and WORK_FAIL only. */
export class JobQueues {
  readonly functions: FunctionTable;
  readonly jobs: JobTable;
  readonly coalescing = new Coalescing();
  readonly #newcomers = new Newcomers(this, () => this.#rules);
  #rules: QueueRules;
  readonly #clock: ServerClock;
  readonly #events: QueueEvents;
  readonly due: DueJobs;
  /** The scale of `Job.since`. */
  readonly seconds: CoarseSeconds;
  /** Of the whole server. */
  readonly counts: Counts = new Counts();
  readonly keeper: JobKeeper | undefined;
  #running = 0;
  #bytes = 0;
  #drops = 0; // in this call

  /** @param keeper stores background jobs; without it they are kept in memory only */
  constructor(rules: QueueRules, clock: ServerClock, events: QueueEvents, keeper?: JobKeeper) {
    this.#rules = rules;
    this.keeper = keeper;
    this.#clock = clock;
    this.#events = events;
    this.functions = new FunctionTable(rules.maxFunctions, new LimitRules(rules.queueLimits));
    this.jobs = new JobTable(rules.handlePrefix);
    this.seconds = new CoarseSeconds(clock, () => {
      events.tick();
      return this.jobs.size > 0;
    });
    this.due = new DueJobs(clock, this.seconds, {
      drop: (job) => this.finish(job),
      queued: (jobFunction) => this.wakeWorkers(jobFunction),
    });
  }

  /** From now on, for jobs and functions that exist too. Handles keep their prefix. */
  setRules(rules: QueueRules): void {
    this.#rules = rules;
    this.functions.setLimits(rules.maxFunctions, new LimitRules(rules.queueLimits));
  }

  get running(): number {
    return this.#running;
  }

  /** Workloads of all jobs. */
  get bytes(): number {
    return this.#bytes;
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
      if (!request.background) attach(client, known);
      else if (!known.background) makeBackground(known, this.keeper);
      return known;
    }
    const limit = jobFunction.limit(request.priority);
    if (limit > 0 && jobFunction.total >= limit) return this.#reject(jobFunction, "count");
    const isStored = this.keeper !== undefined && request.background;
    const verdict = this.#newcomers.judge(request, jobFunction, isStored, this.due.isLater(request));
    if (verdict !== undefined && verdict !== "newcomer") return this.#overflow(request, jobFunction, verdict);
    const job = this.#create(request, jobFunction, workloadKey);
    if (verdict === "newcomer") this.#newcomers.add(job);
    if (!request.background) attach(client, job);
    this.#events.accepted(job);
    if (this.keeper === undefined || !job.background || !this.keeper.keep(job, this.#onKept))
      this.enqueue(job);
    return job;
  }

  /**
   * A job from the store: a live one that equals `request`, or a new one; no limit holds. Source: job-server.md 6.1.
   *
   * @returns undefined if there would be too many functions
   */
  restore(request: JobRequest): Job | undefined {
    const jobFunction = this.functionFor(request.function);
    if (jobFunction === undefined) return undefined;
    const workloadKey = workloadKeyOf(request);
    const known = this.coalescing.findEqual(jobFunction, request, workloadKey);
    if (known !== undefined) return known;
    const job = this.#create(request, jobFunction, workloadKey);
    this.enqueue(job);
    return job;
  }

  /**
   * The next job for `peer`, which holds it from now on. Source: job-server.md 2.4.
   *
   * @returns `"again"` after many ignored jobs: call it once more
   */
  grab(peer: Peer): Selected {
    peer.isAsleep = false;
    peer.isWoken = false;
    const job = this.#select(peer);
    if (job === undefined || job === "again") return job;
    const { function: jobFunction } = job;
    jobFunction.queue(job.priority).shift();
    jobFunction.running += 1;
    jobFunction.runningBytes += job.dataBytes;
    jobFunction.lookedAfterAt = this.seconds.now;
    jobFunction.isStalled = false;
    jobFunction.counts.grabs += 1;
    this.counts.grabs += 1;
    this.#running += 1;
    job.worker = peer;
    job.since = this.seconds.now;
    peer.held.add(job);
    const ability = peer.abilities.find(jobFunction);
    if (ability === undefined) return job;
    if (ability.timeoutMs > 0) this.#limitTime(job, peer, ability.timeoutMs);
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
   * @returns false if there would be too many functions
   */
  canDo(peer: Peer, name: string, timeoutMs: number): boolean {
    const jobFunction = this.functionFor(name);
    if (jobFunction === undefined) return false;
    return register(peer, jobFunction, timeoutMs, this.#rules.maxFunctionsPerConnection);
  }

  /** CANT_DO: jobs of the function held by `peer` are queued again, last grabbed first. */
  *cantDo(peer: Peer, name: string): Steps {
    const jobFunction = this.functions.find(name);
    const ability = jobFunction && peer.abilities.find(jobFunction);
    if (ability === undefined) return;
    this.#withdraw(ability);
    const { held } = peer;
    for (let job = held.newest; job !== undefined; ) {
      const older = job.heldBefore;
      if (job.function === jobFunction) this.#requeue(job);
      const { size } = held;
      yield;
      job = held.size === size ? older : held.newest; // a time limit may have ended in the meantime
    }
  }

  *resetAbilities(peer: Peer): Steps {
    for (const ability of peer.abilities) {
      this.#withdraw(ability);
      yield;
    }
    // last grabbed first
    for (let job = peer.held.newest; job !== undefined; job = peer.held.newest) {
      this.#requeue(job);
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
    if (this.keeper !== undefined) {
      this.keeper.forget(job);
      this.#newcomers.delete(job);
    }
    this.#release(job);
    detachAll(job);
    this.coalescing.delete(job);
    this.jobs.delete(job);
    job.function.discount(job);
    this.#bytes -= job.dataBytes;
    this.#events.gone(job);
  }

  /** Drops a job that has left its queue because of a limit; clients get WORK_FAIL. */
  drop(job: Job, reason: DropReason): void {
    for (const client of job.clients) client.send(PacketType.WORK_FAIL, job.handle);
    this.#countDrop(job.function, reason);
    this.finish(job);
  }

  /**
   * `cancel job`: clients get WORK_FAIL once, none waits for it afterwards and no later request joins it
   * (X18). A waiting job is removed when it would be assigned, a running worker is not notified.
   */
  cancel(job: Job): void {
    if (!job.isIgnored) this.#countDrop(job.function, "cancel");
    for (const client of job.clients) client.send(PacketType.WORK_FAIL, job.handle);
    detachAll(job);
    job.background = false;
    this.coalescing.delete(job);
    this.keeper?.forget(job);
  }

  /** True if a client waits for a job or a job is running. */
  hasWork(): boolean {
    if (this.#running > 0) return true;
    for (const job of this.jobs) if (!job.isIgnored) return true;
    return false;
  }

  close(): void {
    this.due.stop();
    this.seconds.stop();
    for (const job of this.jobs) job.stopTimer(this.#clock);
  }

  #create(request: JobRequest, jobFunction: JobFunction, workloadKey: string | undefined): Job {
    const job = this.jobs.create(request, jobFunction);
    jobFunction.count(job);
    this.#bytes += job.dataBytes;
    this.seconds.need();
    this.coalescing.add(job, workloadKey);
    return job;
  }

  /** `request` exceeds a limit. @returns a job that is gone already, or undefined if the request is rejected */
  #overflow(request: JobRequest, jobFunction: JobFunction, reason: DropReason): Job | undefined {
    if (jobFunction.queueLimits.policy !== "drop-newest" || !request.background)
      return this.#reject(jobFunction, reason);
    this.#countDrop(jobFunction, reason);
    const job = this.jobs.create(request, jobFunction);
    this.jobs.delete(job);
    return job;
  }

  #countDrop(jobFunction: JobFunction, reason: DropReason): void {
    jobFunction.counts.drop(reason);
    this.counts.drop(reason);
    this.#events.dropped(jobFunction, reason);
  }

  #reject(jobFunction: JobFunction, reason: DropReason): undefined {
    jobFunction.counts.reject(reason);
    this.counts.reject(reason);
  }

  readonly #onKept = (job: Job, isStored: boolean): void => {
    if (!this.jobs.has(job)) return;
    if (!isStored) job.background = false;
    if (job.isIgnored) this.finish(job);
    else this.enqueue(job);
  };

  /** For one job of the function, or for so many. */
  wakeWorkers(jobFunction: JobFunction, jobs = 1): void {
    if (!jobFunction.isPaused) jobFunction.workers.wake(this.#rules.workerWakeup * jobs, wake);
  }

  /** With a limited wake-up the peer may be the only one woken for a waiting job. */
  #withdraw(ability: Ability): void {
    const { function: jobFunction, peer } = ability;
    peer.abilities.delete(ability);
    jobFunction.workers.delete(ability);
    if (this.#rules.workerWakeup === 0) return;
    if (PRIORITIES.some((priority) => jobFunction.queue(priority).length > 0)) this.wakeWorkers(jobFunction);
  }

  /** `job`, which is in no queue, waits for a worker from now on, or for its time. */
  enqueue(job: Job): void {
    if (this.keeper !== undefined) this.#newcomers.enter(job);
    if (this.due.isLater(job)) {
      this.due.add(job);
    } else {
      job.since = this.seconds.now;
      job.function.enqueue(job);
      this.wakeWorkers(job.function);
    }
  }

  #select(peer: Peer): Selected {
    this.due.promote();
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
  #limitTime(job: Job, peer: Peer, timeoutMs: number): void {
    const { naps } = peer;
    const progress = job.recordProgress();
    progress.timer = this.#clock.setTimeout(() => {
      progress.timer = undefined;
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
    this.enqueue(job);
  }

  #release(job: Job): void {
    if (job.worker === undefined) return;
    if (job.progress !== undefined) {
      job.stopTimer(this.#clock);
      job.progress = undefined;
    }
    job.worker.held.delete(job);
    job.worker = undefined;
    job.function.running -= 1;
    job.function.runningBytes -= job.dataBytes;
    this.#running -= 1;
  }
}
