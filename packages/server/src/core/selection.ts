import { type Job, PRIORITIES, type Priority } from "./job.ts";
import type { JobFunction } from "./job-function.ts";
import type { Peer } from "./peer.ts";

/** How the next job of a peer is chosen. */
export interface SelectionRules {
  /** `1.1`: newest function first, inside it by priority; `2.0`: priority first, inside it by function. */
  readonly compat: "1.1" | "2.0";
  /** A function that had its turn moves to the end. */
  readonly roundRobin: boolean;
}

/**
 * The job that `peer` would get now, left in its queue. A peer's functions are tried newest CAN_DO first.
 * `drop` is called with ignored jobs, which leave their queue on the way. Source: job-server.md 2.4.
 */
export function selectJob(peer: Peer, rules: SelectionRules, drop: (job: Job) => void): Job | undefined {
  return rules.compat === "1.1" ? functionFirst(peer, drop) : priorityFirst(peer, drop);
}

/** To be called when a job of `jobFunction` was taken under round robin: it is tried last from now on. */
export function moveToEnd(peer: Peer, jobFunction: JobFunction): void {
  const { abilities } = peer;
  const at = abilities.findIndex((ability) => ability.function === jobFunction);
  if (at > 0) abilities.unshift(...abilities.splice(at, 1));
}

function priorityFirst(peer: Peer, drop: (job: Job) => void): Job | undefined {
  const { abilities } = peer;
  for (const priority of PRIORITIES) {
    for (let at = abilities.length - 1; at >= 0; at--) {
      const job = firstWanted((abilities[at] as Peer["abilities"][0]).function, priority, drop);
      if (job !== undefined) return job;
    }
  }
  return undefined;
}

function functionFirst(peer: Peer, drop: (job: Job) => void): Job | undefined {
  const { abilities } = peer;
  for (let at = abilities.length - 1; at >= 0; at--) {
    for (const priority of PRIORITIES) {
      const job = firstWanted((abilities[at] as Peer["abilities"][0]).function, priority, drop);
      if (job !== undefined) return job;
    }
  }
  return undefined;
}

function firstWanted(
  jobFunction: JobFunction,
  priority: Priority,
  drop: (job: Job) => void,
): Job | undefined {
  const queue = jobFunction.queue(priority);
  for (;;) {
    const job = queue.first;
    if (job === undefined || !job.isIgnored) return job;
    queue.shift();
    drop(job);
  }
}
