import type { JobFunction } from "../core/entities.ts";
import type { JobQueues } from "../core/job-queues.ts";
import type { QueueMetrics } from "./server-metrics.ts";

/** All functions, those created during the iteration included. */
export function* allQueueMetrics(queues: JobQueues): Iterable<QueueMetrics> {
  for (const one of queues.functions) yield queueMetrics(one, queues.seconds.precise());
}

/** @param nowSeconds as of `JobQueues.seconds` */
export function queueMetrics(one: JobFunction, nowSeconds: number): QueueMetrics {
  const { name, running, bytes, counts } = one;
  const { grabs, coalesced, requeued, moved, dropped, rejected } = counts;
  const since = one.oldestQueuedAt();
  return {
    name,
    waiting: one.waitingCount,
    running,
    workers: one.workers.size,
    bytes,
    oldestWaitingSeconds: since === undefined ? undefined : Math.max(nowSeconds - since, 0),
    grabs,
    coalesced,
    requeued,
    moved,
    dropped,
    rejected,
    isStalled: one.isStalled,
    isPaused: one.pause !== undefined,
  };
}
