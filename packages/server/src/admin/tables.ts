import type { Peer } from "../core/entities.ts";
import type { JobQueues } from "../core/job-queues.ts";
import { HIGH, LOW, NORMAL } from "../core/job-request.ts";
import type { Steps } from "../core/steps.ts";

const END = ".\n";

/** `status`: name, jobs of any state, running ones, workers. Source: job-server.md 3, as all of this file. */
export function* printStatus({ functions }: JobQueues): Steps {
  for (const one of firstOf(functions, functions.size))
    yield `${one.name}\t${one.total}\t${one.running}\t${one.workers.size}\n`;
  yield END;
}

/** `prioritystatus`: name, waiting jobs by priority, workers. */
export function* printPriorityStatus({ functions }: JobQueues): Steps {
  for (const one of firstOf(functions, functions.size)) {
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

/** `show jobs`: handle, retries, ignored, queued (a background job). */
export function* printJobs({ jobs }: JobQueues): Steps {
  for (const job of firstOf(jobs, jobs.size))
    yield `${job.handle}\t${job.retries}\t${job.isIgnored ? 1 : 0}\t${job.background ? 1 : 0}\n`;
  yield END;
}

/** `show unique jobs`: their uniques, also empty ones and `-`. */
export function* printUniques({ jobs }: JobQueues): Steps {
  for (const job of firstOf(jobs, jobs.size)) yield `${job.unique}\n`;
  yield END;
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
