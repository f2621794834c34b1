import { DROP_REASONS, type DropCounts } from "../core/counts.ts";
import type { Peer } from "../core/entities.ts";
import type { Guard } from "../core/guard.ts";
import type { JobQueues } from "../core/job-queues.ts";
import { HIGH, LOW, NORMAL } from "../core/job-request.ts";
import type { Steps } from "../core/steps.ts";
import { queueMetrics } from "../observe/queue-metrics.ts";

const END = ".\n";

/** `status`: name, jobs of any state, running ones, workers. Source: job-server.md 3, as all of this file. */
export function* printStatus({ functions }: JobQueues, guard?: Guard): Steps {
  for (const one of firstOf(functions, functions.size))
    yield isHidden(one.name, guard)
      ? undefined
      : `${one.name}\t${one.total}\t${one.running}\t${one.workers.size}\n`;
  yield END;
}

/** `prioritystatus`: name, waiting jobs by priority, workers. */
export function* printPriorityStatus({ functions }: JobQueues, guard?: Guard): Steps {
  for (const one of firstOf(functions, functions.size)) {
    if (isHidden(one.name, guard)) {
      yield;
      continue;
    }
    const waiting = `${one.waiting(HIGH)}\t${one.waiting(NORMAL)}\t${one.waiting(LOW)}`;
    yield `${one.name}\t${waiting}\t${one.workers.size}\n`;
  }
  yield END;
}

/**
 * `workers`: every connection, newest first, with its functions in the order of search; many functions in the
 * order of registration, which does not change meanwhile.
 *
 * @param peers oldest first
 */
export function* printWorkers(peers: Iterable<Peer>): Steps {
  for (const peer of [...peers].reverse()) {
    if (peer.hasLeft) continue;
    const { abilities } = peer;
    let text = `${peer.id} ${peer.address} ${peer.clientId} :`;
    if (abilities.ready === undefined) {
      for (let one = abilities.newest; one !== undefined; one = one.older) text += ` ${one.function.name}`;
    } else {
      yield text;
      for (const one of firstOf(abilities, abilities.size)) yield ` ${one.function.name}`;
      text = "";
    }
    yield `${text}\n`;
  }
  yield END;
}

/** `workers` for a peer that may look at some functions only: connections with such functions, and these. */
export function* printVisibleWorkers(peers: Iterable<Peer>, guard: Guard): Steps {
  for (const peer of [...peers].reverse()) {
    if (peer.hasLeft) continue;
    let hasSome = false;
    for (const { function: one } of firstOf(peer.abilities, peer.abilities.size)) {
      if (isHidden(one.name, guard)) {
        yield;
        continue;
      }
      yield `${hasSome ? "" : `${peer.id} ${peer.address} ${peer.clientId} :`} ${one.name}`;
      hasSome = true;
    }
    yield hasSome ? "\n" : undefined;
  }
  yield END;
}

/** `show jobs`: handle, retries, ignored, queued (a background job). */
export function* printJobs({ jobs }: JobQueues, guard?: Guard): Steps {
  for (const job of firstOf(jobs, jobs.size))
    yield isHidden(job.function.name, guard)
      ? undefined
      : `${job.handle}\t${job.retries}\t${job.isIgnored ? 1 : 0}\t${job.background ? 1 : 0}\n`;
  yield END;
}

/**
 * `show counters`: name, waiting, running, workers, bytes, seconds that the oldest waiting job waits (`-`: none), grabs, coalesced,
 * requeued, then jobs dropped and requests rejected, as `reason=number`, separated by blanks. Ours alone (X49).
 */
export function* printCounters(queues: JobQueues, guard?: Guard): Steps {
  for (const one of firstOf(queues.functions, queues.functions.size)) {
    if (isHidden(one.name, guard)) {
      yield;
      continue;
    }
    const now = queueMetrics(one, queues.seconds.precise());
    const { waiting, running, workers, bytes, oldestWaitingSeconds, grabs, coalesced, requeued } = now;
    const age = oldestWaitingSeconds === undefined ? "-" : Math.floor(oldestWaitingSeconds);
    const numbers = [waiting, running, workers, bytes, age, grabs, coalesced, requeued];
    yield `${now.name}\t${numbers.join("\t")}\t${printDrops(now.dropped)}\t${printDrops(now.rejected)}\n`;
  }
  yield END;
}

function printDrops(counts: DropCounts): string {
  const given = DROP_REASONS.filter((reason) => counts[reason] > 0);
  return given.length === 0 ? "-" : given.map((reason) => `${reason}=${counts[reason]}`).join(" ");
}

/** `show unique jobs`: their uniques, also empty ones and `-`. */
export function* printUniques({ jobs }: JobQueues, guard?: Guard): Steps {
  for (const job of firstOf(jobs, jobs.size))
    yield isHidden(job.function.name, guard) ? undefined : `${job.unique}\n`;
  yield END;
}

function isHidden(name: string, guard: Guard | undefined): boolean {
  return guard !== undefined && !guard.mayView(name);
}

/** At most `count` items, as the table may grow while it is printed. */
function* firstOf<T>(items: Iterable<T>, count: number): Iterable<T> {
  let left = count;
  for (const item of items) {
    if (left === 0) return;
    left -= 1;
    yield item;
  }
}
