import { setImmediate } from "node:timers/promises";
import type { JobServer, QueueView, WorkerView } from "@mod-gearman/server";
import {
  type ConnectionPart,
  QUEUE_ACTIONS,
  type QueuePart,
  type Read,
  type ServerPart,
} from "@mod-gearman/site-page";
import { usedFirst } from "./used-first.ts";

/** Clients may make up any number of names: what one look costs is bounded. */
const LOOKED_AT = 20_000;
const MOST_QUEUES = 1000;
const MOST_CONNECTIONS = 2000;
/** Functions and jobs of one connection that are named. */
const MOST_NAMED = 64;
/** A row that is shown costs as much as these many more that are passed over. */
const SHOWN_COST = 3;
/** Rows that are read until other work of the process has its turn. */
const PER_TURN = 500;

/** What the page shows of this job server. */
export async function serverPart(
  server: Pick<JobServer, "site" | "metrics" | "problem">,
  name: string,
  version: string,
): Promise<Read<ServerPart>> {
  const limits = { most: MOST_QUEUES, lookedAt: LOOKED_AT, perTurn: PER_TURN };
  const looked = await usedFirst(server.site.queues(), limits);
  const queues = looked.shown.map(queuePart);
  const workers = await readWorkers(server.site.workers(MOST_NAMED));
  const { connections, functions } = server.metrics.totals();
  const part = {
    ...{ name, version, connections, problem: server.problem(), queues, workers: workers.shown },
    actions: [...QUEUE_ACTIONS, "drain"],
    omitted: { queues: Math.max(functions - queues.length, 0), workers: workers.omitted },
  };
  const passed = looked.count + workers.omitted;
  return { value: part, rows: passed + SHOWN_COST * (queues.length + workers.shown.length) };
}

function queuePart(queue: QueueView): QueuePart {
  const { dropped, ...rest } = queue;
  return { ...rest, drops: Object.values(dropped).reduce((sum, one) => sum + one, 0) };
}

async function readWorkers(
  workers: Iterable<WorkerView>,
): Promise<{ shown: ConnectionPart[]; omitted: number }> {
  const shown: ConnectionPart[] = [];
  let omitted = 0;
  for (const worker of workers) {
    if (shown.length < MOST_CONNECTIONS) shown.push(worker);
    else omitted += 1;
    if ((shown.length + omitted) % PER_TURN === 0) await setImmediate();
  }
  return { shown, omitted };
}
