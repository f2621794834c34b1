import type { Queue } from "./queue-rules.ts";

/** Time since which a status queue has no worker: queue name (latin1) to seconds since 1970. */
export type GoneSince = ReadonlyMap<string, number>;

/** Queues to ignore, and the state for the next check. */
export interface StaleQueues {
  readonly stale: ReadonlySet<string>;
  readonly since: GoneSince;
}

const STATUS_QUEUE = "worker_";

/**
 * Status queues (`worker_…`) without worker for at least `graceSeconds`. Their jobs are ignored: they are requests of this
 * plugin, which no worker will take. A time in the future (the clock was set back) counts as now.
 *
 * @param known state of this server from the last check; undefined: no state file, every queue without worker is stale
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
