import type { Job, JobFunction, Peer } from "./entities.ts";
import type { FunctionTable } from "./function-table.ts";
import { PRIORITIES } from "./job-request.ts";
import type { Steps } from "./steps.ts";
import { wake } from "./wake-up.ts";

export interface WatchRules {
  /** Time without a grab after which a function with waiting jobs and idle workers is stalled; 0 = never. */
  readonly stallSeconds: number;
  /** Time after which a worker that still has a job is named; 0 = never. */
  readonly heldSeconds: number;
}

/** What `QueueWatch` looks at. */
export interface Watched {
  readonly functions: FunctionTable;
  peers(): Iterable<Peer>;
  /** On the scale of `Job.since`. */
  nowSeconds(): number;
}

export interface WatchEvents {
  /** Once until a worker takes a job again. `idle` workers got another NOOP. */
  stalled(jobFunction: JobFunction, idle: number, seconds: number): void;
  /** Once per pause: jobs of a paused function wait for so long. */
  keptByPause(jobFunction: JobFunction, seconds: number): void;
  /** Once per execution. */
  heldLong(job: Job, worker: Peer, seconds: number): void;
  /** A job that has left its queue since it waited longer than its function permits. */
  tooOld(job: Job): void;
}

/** Limit of NOOPs per function and round. */
const MAX_WAKE_UPS = 1000;

/** Looks regularly for jobs that wait too long, functions that do not get on and workers that keep a job. */
export class QueueWatch {
  readonly #watched: Watched;
  readonly #events: WatchEvents;
  #stalls = 0;

  constructor(watched: Watched, events: WatchEvents) {
    this.#watched = watched;
    this.#events = events;
  }

  /** Times that a function was found to be stalled. */
  get stalls(): number {
    return this.#stalls;
  }

  /** Looks at everything once. */
  *round(rules: WatchRules): Steps {
    const { functions, peers } = this.#watched;
    for (const one of functions) {
      yield* this.#expire(one);
      if (rules.stallSeconds > 0) this.#lookForStall(one, rules.stallSeconds);
      yield;
    }
    if (rules.heldSeconds === 0) return;
    for (const peer of peers()) {
      this.#lookForHeld(peer, rules.heldSeconds);
      yield;
    }
  }

  *#expire(one: JobFunction): Steps {
    for (const priority of PRIORITIES) {
      const queue = one.waitingQueue(priority);
      for (;;) {
        const { ageSeconds } = one.queueLimits;
        const oldest = queue.first;
        if (ageSeconds === 0 || oldest === undefined) break;
        if (this.#watched.nowSeconds() - oldest.since <= ageSeconds) break;
        queue.shift();
        this.#events.tooOld(oldest);
        yield;
      }
      queue.trim();
    }
  }

  #lookForStall(one: JobFunction, stallSeconds: number): void {
    const since = one.oldestQueuedAt();
    if (since === undefined) {
      one.isStalled = false;
      return;
    }
    const now = this.#watched.nowSeconds();
    if (one.pause !== undefined) {
      this.#lookAtPause(one, one.pause, now - Math.max(since, one.pause.since), stallSeconds);
      return;
    }
    const seconds = now - Math.max(since, one.lookedAfterAt);
    if (seconds < stallSeconds) return;
    one.lookedAfterAt = now;
    let idle = 0;
    for (const { peer } of one.workers) {
      if (!isIdle(peer)) continue;
      idle += 1;
      wake(peer);
      if (idle === MAX_WAKE_UPS) break;
    }
    if (idle === 0 || one.isStalled) return;
    one.isStalled = true;
    this.#stalls += 1;
    this.#events.stalled(one, idle, seconds);
  }

  #lookAtPause(
    one: JobFunction,
    pause: { isReported: boolean },
    seconds: number,
    stallSeconds: number,
  ): void {
    one.isStalled = false;
    if (seconds < stallSeconds || pause.isReported) return;
    pause.isReported = true;
    this.#events.keptByPause(one, seconds);
  }

  #lookForHeld(peer: Peer, heldSeconds: number): void {
    const now = this.#watched.nowSeconds();
    for (let job = peer.held.oldest; job !== undefined; job = job.heldAfter) {
      const seconds = now - job.since;
      if (seconds < heldSeconds) return;
      const progress = job.recordProgress();
      if (progress.isReported) continue;
      progress.isReported = true;
      this.#events.heldLong(job, peer, seconds);
    }
  }
}

/** It has no job, and waits for a NOOP or had one that it did not follow. */
function isIdle({ held, isAsleep, isWoken, hasLeft }: Peer): boolean {
  return held.size === 0 && !hasLeft && (isAsleep || isWoken);
}
