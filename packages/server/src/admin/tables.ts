import { HIGH, LOW, NORMAL } from "../core/job.ts";
import type { JobQueues } from "../core/job-queues.ts";
import type { Peer } from "../core/peer.ts";

const END = ".\n";

/** `status`: name, jobs of any state, running ones, workers. Source: job-server.md 3, as all of this file. */
export function printStatus(queues: JobQueues): string {
  let text = "";
  for (const one of queues.functions)
    text += `${one.name}\t${one.total}\t${one.running}\t${one.workers.length}\n`;
  return text + END;
}

/** `prioritystatus`: name, waiting jobs by priority, workers. */
export function printPriorityStatus(queues: JobQueues): string {
  let text = "";
  for (const one of queues.functions) {
    const waiting = `${one.waiting(HIGH)}\t${one.waiting(NORMAL)}\t${one.waiting(LOW)}`;
    text += `${one.name}\t${waiting}\t${one.workers.length}\n`;
  }
  return text + END;
}

/** `workers`: every connection, newest first, with its functions in the order in which they are tried. */
export function printWorkers(peers: Iterable<Peer>): string {
  const lines: string[] = [];
  for (const peer of peers) {
    const names = peer.abilities.map((ability) => ` ${ability.function.name}`).reverse();
    lines.push(`${peer.id} ${peer.address} ${peer.clientId} :${names.join("")}\n`);
  }
  return lines.reverse().join("") + END;
}

/** `show jobs`: handle, retries, ignored, queued (a background job). */
export function printJobs(queues: JobQueues): string {
  let text = "";
  for (const job of queues.jobs)
    text += `${job.handle}\t${job.retries}\t${job.isIgnored ? 1 : 0}\t${job.background ? 1 : 0}\n`;
  return text + END;
}

/** `show unique jobs`: their uniques, also empty ones and `-`. */
export function printUniques(queues: JobQueues): string {
  let text = "";
  for (const job of queues.jobs) text += `${job.unique}\n`;
  return text + END;
}
