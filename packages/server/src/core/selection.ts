import type { Ability, Job, JobFunction, Peer } from "./entities.ts";
import { HIGH, LOW, NORMAL, PRIORITIES, type Priority } from "./job-request.ts";
import type { ReadyFunctions } from "./ready-functions.ts";

export interface SelectionRules {
  /** `1.1`: newest function first, in it by priority; `2.0`: priority first, in it by function. */
  readonly compat: "1.1" | "2.0";
  /** A function moves to the end after an assignment. */
  readonly roundRobin: boolean;
}

/** `"again"`: `drop` returned false; the search has to be repeated. */
export type Selected = Job | "again" | undefined;

/** Drops a job that has left its queue. @returns false to stop the search */
type Drop = (job: Job) => boolean;

/**
 * The job that `peer` would get now, left in its queue. A peer's functions are searched newest CAN_DO first.
 * Source: job-server.md 2.4.
 *
 * @param drop called with ignored jobs, which are removed from their queue by the search
 */
export function selectJob(peer: Peer, rules: SelectionRules, drop: Drop): Selected {
  const { newest, ready } = peer.abilities;
  if (ready !== undefined)
    return rules.compat === "1.1" ? readyFunctionFirst(ready, drop) : readyPriorityFirst(ready, drop);
  return rules.compat === "1.1" ? functionFirst(newest, drop) : priorityFirst(newest, drop);
}

function priorityFirst(newest: Ability | undefined, drop: Drop): Selected {
  for (const priority of PRIORITIES) {
    for (let one = newest; one !== undefined; one = one.older) {
      const job = firstWanted(one.function, priority, drop);
      if (job !== undefined) return job;
    }
  }
  return undefined;
}

function functionFirst(newest: Ability | undefined, drop: Drop): Selected {
  for (let one = newest; one !== undefined; one = one.older) {
    const job = mostUrgent(one.function, drop);
    if (job !== undefined) return job;
  }
  return undefined;
}

function readyPriorityFirst(ready: ReadyFunctions<Ability>, drop: Drop): Selected {
  for (const priority of PRIORITIES) {
    for (let one = ready.first(priority); one !== undefined; one = ready.first(priority)) {
      const job = firstWanted(one.function, priority, drop);
      if (job !== undefined) return job;
    }
  }
  return undefined;
}

function readyFunctionFirst(ready: ReadyFunctions<Ability>, drop: Drop): Selected {
  for (;;) {
    let first: Ability | undefined;
    for (const one of [ready.first(HIGH), ready.first(NORMAL), ready.first(LOW)])
      if (one !== undefined && (first === undefined || one.rank > first.rank)) first = one;
    if (first === undefined) return undefined;
    const job = mostUrgent(first.function, drop);
    if (job !== undefined) return job;
  }
}

function mostUrgent(jobFunction: JobFunction, drop: Drop): Selected {
  for (const priority of PRIORITIES) {
    const job = firstWanted(jobFunction, priority, drop);
    if (job !== undefined) return job;
  }
  return undefined;
}

function firstWanted(jobFunction: JobFunction, priority: Priority, drop: Drop): Selected {
  const queue = jobFunction.queue(priority);
  for (;;) {
    const job = queue.first;
    if (job === undefined || !job.isIgnored) return job;
    queue.shift();
    if (!drop(job)) return "again";
  }
}
