import type { JobFunction } from "../core/entities.ts";
import type { JobQueues } from "../core/job-queues.ts";
import { PRIORITIES } from "../core/job-request.ts";
import type { QueueMetrics } from "./server-metrics.ts";

/** All functions, those created during the iteration included. */
export function* allQueueMetrics(queues: JobQueues): Iterable<QueueMetrics> {
  for (const one of queues.functions) yield queueMetrics(one, queues.preciseSeconds());
}

/** @param nowSeconds as of `JobQueues.preciseSeconds` */
export function queueMetrics(one: JobFunction, nowSeconds: number): QueueMetrics {
  const { name, running, bytes, counts } = one;
  const { grabs, coalesced, requeued, dropped, rejected } = counts;
  const since = oldestQueuedAt(one);
  return {
    name,
    waiting: one.total - running,
    running,
    workers: one.workers.size,
    bytes,
    oldestWaitingSeconds: since === undefined ? undefined : Math.max(nowSeconds - since, 0),
    grabs,
    coalesced,
    requeued,
    dropped,
    rejected,
  };
}

function oldestQueuedAt(one: JobFunction): number | undefined {
  let oldest: number | undefined;
  for (const priority of PRIORITIES) {
    const since = one.queue(priority).first?.queuedAt;
    if (since !== undefined && (oldest === undefined || since < oldest)) oldest = since;
  }
  return oldest;
}
