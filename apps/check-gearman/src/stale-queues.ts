import type { Queue } from "./queue-rules.ts";

/** Since when status queues have no worker: queue name (latin1) to seconds since 1970. */
export type GoneSince = ReadonlyMap<string, number>;

/** Queues to leave out, and what to remember for the next time. */
export interface StaleQueues {
  readonly stale: ReadonlySet<string>;
  readonly since: GoneSince;
}

const STATUS_QUEUE = "worker_";

/**
 * Status queues (`worker_…`) whose worker has been gone for at least `graceSeconds`. Jobs in them do not count: they are
 * the requests of this very plugin, which nobody will ever take. A time of the future (the clock was set back) counts
 * as now.
 *
 * @param known what was remembered about this server; undefined: there is no memory, every queue without worker is stale
 */
export function findStale(
  queues: readonly Queue[],
  known: GoneSince | undefined,
  { nowSeconds, graceSeconds }: { readonly nowSeconds: number; readonly graceSeconds: number },
): StaleQueues {
  const gone = queues.filter((queue) => queue.name.startsWith(STATUS_QUEUE) && queue.workers === 0);
  const since = new Map(
    gone.map(({ name }) => [name, Math.min(known?.get(name) ?? nowSeconds, nowSeconds)] as const),
  );
  const isStale = (at: number) => known === undefined || nowSeconds - at >= graceSeconds;
  const stale = new Set([...since].filter(([, at]) => isStale(at)).map(([name]) => name));
  return { stale, since };
}
