import { Fifo } from "@mod-gearman/base";
import { PacketType } from "@mod-gearman/protocol";
import { Abilities } from "./abilities.ts";
import type { ServerClock } from "./clock.ts";
import { Counts } from "./counts.ts";
import { HeldJobs } from "./held-jobs.ts";
import { type JobRequest, NORMAL, PRIORITIES, type Priority } from "./job-request.ts";
import { Pause } from "./pause.ts";
import { Progress } from "./progress.ts";
import { type QueueLimits, UNLIMITED } from "./queue-limits.ts";
import { WorkerRing } from "./worker-ring.ts";
import { ownBytes, WorkloadSlab } from "./workload-slab.ts";
import { writeDigits, writeLatin1 } from "./written-text.ts";

// Jobs, functions, peers and abilities refer to each other, hence one file.

/**
 * Sends one packet to a peer. The body is `head` (latin1: arguments with their NULs) followed by `data`, or the part of it
 * of `bytes` bytes from `at` on, which must not be written to afterwards.
 */
export type Send = (type: number, head: string, data?: Buffer, at?: number, bytes?: number) => void;

/** Sends JOB_ASSIGN or, if `unique` is defined, JOB_ASSIGN_UNIQ. */
export type Assign = (type: number, job: Job, unique: string | undefined) => void;

/** Sends JOB_CREATED. */
export type Confirm = (job: Job) => void;

/** The empty list shared by all jobs without client, which are most; never modified. */
export const NO_CLIENTS: Peer[] = [];

/** Source: job-server.md 2.1. */
export class Job {
  /** Part of the handle before the number, with its colon. */
  readonly #prefix: string;
  /** Part of the handle, uint32. */
  readonly number: number;
  /** Increases with every job of the process, unlike the number in the handle. */
  readonly order: number;
  /** Another one after it was moved. */
  function: JobFunction;
  readonly unique: string;
  /** Contains the workload, perhaps with those of other jobs. */
  readonly bytes: Buffer;
  /** Where the workload begins in `bytes`. */
  readonly dataAt: number;
  readonly dataBytes: number;
  readonly priority: Priority;
  readonly whenSeconds: number;
  readonly reducer: string | undefined;
  /** Submitted in the background at least once: it is executed without clients too (X4). */
  background: boolean;
  /** Foreground clients; one that submitted twice is contained twice and gets every packet twice. */
  clients: Peer[] = NO_CLIENTS;
  /** The worker that runs it; undefined while it waits. */
  worker: Peer | undefined;
  /** When it was queued last or, if it runs, given to its worker; in `CoarseSeconds`. */
  since = 0;
  /** What is known about its execution, if more than the worker. */
  progress: Progress | undefined;
  /** Neighbours among the jobs of its worker, see `HeldJobs`. */
  heldBefore: Job | undefined;
  heldAfter: Job | undefined;
  /** How many workers have lost it. */
  retries = 0;
  /** By its unique key. */
  isFindable = false;
  /** Key by which it is found by workload, if its unique is `-`. */
  workloadKey: string | undefined;

  constructor(
    request: JobRequest,
    identity: { prefix: string; number: number; order: number },
    jobFunction: JobFunction,
  ) {
    this.#prefix = identity.prefix;
    this.number = identity.number;
    this.order = identity.order;
    this.function = jobFunction;
    this.unique = request.unique;
    const { bytes, dataAt, dataBytes } = request;
    const slab = jobFunction.slabFor(request);
    const at = slab === undefined ? -1 : slab.put(bytes, dataAt, dataBytes);
    this.bytes = at >= 0 && slab !== undefined ? slab.bytes : ownBytes(bytes, dataAt, dataBytes);
    this.dataAt = Math.max(at, 0);
    this.dataBytes = dataBytes;
    this.priority = request.priority;
    this.whenSeconds = request.whenSeconds;
    this.reducer = request.reducer;
    this.background = request.background;
    this.worker = undefined;
    this.progress = undefined;
    this.heldBefore = undefined;
    this.heldAfter = undefined;
    this.workloadKey = undefined;
  }

  /** The workload; to be used at once, as it may retain the workloads of other jobs. A new object for each call. */
  get data(): Buffer {
    return this.bytes.subarray(this.dataAt, this.dataAt + this.dataBytes);
  }

  /** `<prefix>:<n>`; created on request, as most jobs only wait and a string takes as much memory as the rest. */
  get handle(): string {
    return this.#prefix + this.number;
  }

  /** Writes `handle` to `buffer`, which must have room for 63 bytes from `at` on. @returns where it ends */
  writeHandle(buffer: Buffer, at: number): number {
    return writeDigits(this.number, buffer, writeLatin1(this.#prefix, buffer, at));
  }

  /** The progress of its execution, which is recorded from now on. */
  recordProgress(): Progress {
    this.progress ??= new Progress();
    return this.progress;
  }

  stopTimer(clock: ServerClock): void {
    const { progress } = this;
    if (progress?.timer === undefined) return;
    clock.clearTimeout(progress.timer);
    progress.timer = undefined;
  }

  /** Abandoned by all clients: dropped when it would be assigned, unless another client attaches before (X5). */
  get isIgnored(): boolean {
    return !this.background && this.clients.length === 0;
  }
}

type Queues = readonly [Fifo<Job>, Fifo<Job>, Fifo<Job>];

const newQueues = (): Queues => [new Fifo(), new Fifo(), new Fifo()];
/** Always empty. */
const NO_QUEUES = newQueues();
const NO_LIMITS: readonly number[] = [0, 0, 0];

type Slabs = readonly [WorkloadSlab, WorkloadSlab, WorkloadSlab];
/** Fewer jobs share no buffers: a slab that only one of its jobs still needs is a waste. */
const JOBS_FOR_SLABS = 64;

/** A function with its jobs and workers. Source: job-server.md 2.1. */
export class JobFunction {
  /** Latin1 string of its bytes. */
  readonly name: string;
  #queues = NO_QUEUES; // all jobs that wait
  /** Those that can be assigned: the same, or always empty ones while the function is paused. */
  #open = NO_QUEUES;
  /** Defined while its jobs are kept and none is assigned. */
  pause: Pause | undefined;
  isPaused = false;
  /** Number of its jobs in `DueJobs`; all of normal priority. */
  later = 0;
  total = 0;
  running = 0;
  /** Of the workloads of all its jobs. */
  bytes = 0;
  /** Of them, those that workers have. */
  runningBytes = 0;
  queueLimits: QueueLimits = UNLIMITED;
  /** Last time that a worker took a job, or that `QueueWatch` found that none does; in `CoarseSeconds`. */
  lookedAfterAt = 0;
  /** See `QueueWatch`. */
  isStalled = false;
  readonly counts: Counts = new Counts();
  #slabs: Slabs | undefined;
  readonly workers: WorkerRing<Ability> = new WorkerRing();
  #limits: readonly number[] = NO_LIMITS;
  /** Live jobs with unique `-`, by workload. */
  #byWorkload: Map<string, Job> | undefined;
  /** Set with every use of the name by a client; see `IdleFunctions`. */
  wasUsed = true;
  /** Rounds of `IdleFunctions` without use. */
  idleRounds = 0;

  constructor(name: string) {
    this.name = name;
    this.#slabs = undefined;
    this.#byWorkload = undefined;
  }

  /** Without a worker. */
  get waitingCount(): number {
    return this.total - this.running;
  }

  /** Workloads of jobs without a worker. */
  get waitingBytes(): number {
    return this.bytes - this.runningBytes;
  }

  /** In `CoarseSeconds`; undefined if no job can be assigned. */
  oldestQueuedAt(): number | undefined {
    let oldest: number | undefined;
    for (const { first } of this.#queues) {
      if (first !== undefined && (oldest === undefined || first.since < oldest)) oldest = first.since;
    }
    return oldest;
  }

  /** Where the workload of a new job goes; undefined: to a buffer of its own. */
  slabFor({ priority, whenSeconds }: JobRequest): WorkloadSlab | undefined {
    if (this.total < JOBS_FOR_SLABS || whenSeconds > 0) return undefined;
    this.#slabs ??= [new WorkloadSlab(), new WorkloadSlab(), new WorkloadSlab()];
    return this.#slabs[priority];
  }

  /** A job that was created is one of this function from now on. */
  count(job: Job): void {
    this.total += 1;
    this.bytes += job.dataBytes;
  }

  /** Reverses {@link count}. */
  discount(job: Job): void {
    this.total -= 1;
    this.bytes -= job.dataBytes;
    if (this.total === 0) this.#slabs = undefined;
  }

  /** Value of `total` from which a new job of `priority` is refused; 0 = never. */
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

  /** Jobs that can be assigned now, one queue per priority; none while the function is paused. */
  queue(priority: Priority): Fifo<Job> {
    return this.#open[priority];
  }

  /** Jobs that can be assigned now, or once the function is paused no longer. */
  waitingQueue(priority: Priority): Fifo<Job> {
    return this.#queues[priority];
  }

  /** `job`, one of this function, can be assigned from now on. */
  enqueue(job: Job): void {
    if (this.#queues === NO_QUEUES) this.#open = this.#queues = newQueues();
    const queue = this.#queues[job.priority];
    queue.push(job);
    if (queue.length > 1) return;
    for (let one = this.workers.watcher; one !== undefined; one = one.watcherAfter)
      one.peer.abilities.ready?.note(one, job.priority);
  }

  /** It must not be paused. @param nowSeconds in `CoarseSeconds` */
  suspend(nowSeconds: number): void {
    if (this.#queues === NO_QUEUES) this.#queues = newQueues();
    this.pause = new Pause(nowSeconds);
    this.isPaused = true;
    this.#open = NO_QUEUES;
  }

  resume(): void {
    this.pause = undefined;
    this.isPaused = false;
    this.#open = this.#queues;
    for (let one = this.workers.watcher; one !== undefined; one = one.watcherAfter)
      for (const priority of PRIORITIES)
        if (this.#open[priority].length > 0) one.peer.abilities.ready?.note(one, priority);
  }

  /** Jobs of `priority` without a worker, those in `DueJobs` included. */
  waiting(priority: Priority): number {
    return this.#queues[priority].length + (priority === NORMAL ? this.later : 0);
  }

  /** The live job with unique `-` and that workload key. */
  findByWorkload(key: string): Job | undefined {
    return this.#byWorkload?.get(key);
  }

  /** `key` must not be in use. */
  addWorkload(key: string, job: Job): void {
    this.#byWorkload ??= new Map();
    this.#byWorkload.set(key, job);
  }

  deleteWorkload(key: string): void {
    this.#byWorkload?.delete(key);
    if (this.#byWorkload?.size === 0) this.#byWorkload = undefined;
  }
}

/** One function that one peer can do: an entry of the peer's list and of the function's ring of workers. */
export class Ability {
  readonly peer: Peer;
  readonly function: JobFunction;
  /** Time for one job in milliseconds, 0 = any. */
  timeoutMs: number;
  /** Position in the order of the peer: the highest is searched first. 0: not in the list of a peer. */
  rank = 0;
  /** Bit 1 << priority is set while {@link ReadyFunctions} has an entry for it. */
  readyBits = 0;
  /** Neighbours in the order of the peer. */
  older: Ability | undefined;
  newer: Ability | undefined;
  /** Neighbours in the ring of the function. */
  ringBefore: Ability | undefined;
  ringAfter: Ability | undefined;
  /** True while it is one of the watchers of the ring, which are its neighbours there. */
  isWatcher = false;
  watcherBefore: Ability | undefined;
  watcherAfter: Ability | undefined;

  constructor(peer: Peer, jobFunction: JobFunction, timeoutMs: number) {
    this.peer = peer;
    this.function = jobFunction;
    this.timeoutMs = timeoutMs;
    this.older = undefined;
    this.newer = undefined;
    this.ringBefore = undefined;
    this.ringAfter = undefined;
    this.watcherBefore = undefined;
    this.watcherAfter = undefined;
  }
}

/** A connection as the queues see it: client, worker, or both. */
export class Peer {
  /** Increases over the life of the server; printed where gearmand prints its file descriptor. */
  readonly id: number;
  /** Address without port. */
  readonly address: string;
  readonly send: Send;
  readonly assign: Assign;
  readonly confirm: Confirm;
  /** Of SET_CLIENT_ID, up to 127 bytes, latin1. */
  clientId = "-";
  /** Requested WORK_EXCEPTION in place of WORK_FAIL. */
  exceptions: boolean;
  readonly abilities: Abilities<Ability> = new Abilities();
  /** In the order of assignment. */
  readonly held: HeldJobs<Job> = new HeldJobs();
  /** Jobs it waits for as a foreground client. */
  readonly awaited = new Set<Job>();
  /** Disconnected; its jobs and functions are being removed. */
  hasLeft = false;
  /** Has got a NOOP and not asked for a job since. */
  isWoken = false;
  /** Number of PRE_SLEEPs; time limits set before the last one have no effect. */
  naps = 0;
  #isAsleep = false;

  /** @param identity `assign`, `confirm`: by `send` if undefined */
  constructor(identity: {
    id: number;
    address: string;
    exceptions: boolean;
    send: Send;
    assign?: Assign | undefined;
    confirm?: Confirm | undefined;
  }) {
    this.id = identity.id;
    this.address = identity.address;
    this.exceptions = identity.exceptions;
    this.send = identity.send;
    this.assign = identity.assign ?? assignBy(identity.send);
    this.confirm = identity.confirm ?? (({ handle }) => identity.send(PacketType.JOB_CREATED, handle));
  }

  /**
   * Between PRE_SLEEP and the next NOOP or GRAB_JOB*: a NOOP is expected. One flag replaces gearmand's two
   * (sleeping, NOOP sent), whose combination loses wake-ups (X6).
   */
  get isAsleep(): boolean {
    return this.#isAsleep;
  }

  set isAsleep(asleep: boolean) {
    if (asleep === this.#isAsleep) return;
    this.#isAsleep = asleep;
    if (this.abilities.ready !== undefined) return; // the rings count them
    for (let one = this.abilities.newest; one !== undefined; one = one.older)
      one.function.workers.countSleeper(asleep ? 1 : -1);
  }
}

/** For streams that need no way of their own. */
function assignBy(send: Send): Assign {
  return (type, job, unique) => send(type, assignHead(job, unique), job.bytes, job.dataAt, job.dataBytes);
}

/** The arguments of JOB_ASSIGN or, if `unique` is defined, JOB_ASSIGN_UNIQ, latin1. */
export function assignHead({ handle, function: { name } }: Job, unique: string | undefined): string {
  return unique === undefined ? `${handle}\0${name}\0` : `${handle}\0${name}\0${unique}\0`;
}
