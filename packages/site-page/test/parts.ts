import type { ConnectionPart, QueuePart, ServerPart } from "../src/model/parts.ts";

export const NO_VIEWERS = { now: 0, refused: 0, dropped: 0 };

/** A queue without jobs and workers, but for what is given. */
export const queue = (name: string, more: Partial<QueuePart> = {}): QueuePart => ({
  ...{ name, waiting: 0, running: 0, workers: 0, grabs: 0, requeued: 0, drops: 0, bytes: 0 },
  ...more,
});

let lastId = 0;
/** A connection of a worker of ours. */
export function connection(
  name: string,
  functions: string[],
  more: Partial<ConnectionPart> = {},
): ConnectionPart {
  lastId += 1;
  const clientId = `${name}@mod_gearman_worker/1.0.0`;
  return { id: lastId, address: "10.0.0.1", clientId, functions, jobs: [], jobCount: 0, ...more };
}

export const server = (name: string, more: Partial<ServerPart> = {}): ServerPart => ({
  ...{ name, version: "1.0.0", connections: 3, queues: [], workers: [] },
  ...more,
});

/** A job that runs for `seconds`. */
export const job = (unique: string, seconds: number) => ({
  ...{ handle: `H:a:${seconds}`, function: "service", unique, seconds, retries: 0 },
});
