import type { JobFunction, Peer } from "../core/entities.ts";
import type { JobQueues } from "../core/job-queues.ts";
import { HIGH, LOW, NORMAL } from "../core/job-request.ts";
import { queueMetrics } from "./queue-metrics.ts";
import type { QueueMetrics } from "./server-metrics.ts";

/** A function with its waiting jobs by priority. */
export interface QueueView extends QueueMetrics {
  /** High, normal, low. */
  readonly priorities: readonly [number, number, number];
}

/** A connection that announced functions or has jobs. Names are latin1 strings of their bytes. */
export interface WorkerView {
  readonly id: number;
  /** Without port. */
  readonly address: string;
  /** `-`: none was given. */
  readonly clientId: string;
  /** Newest first; at most as many as asked for. */
  readonly functions: readonly string[];
  readonly functionCount: number;
  /** In the order of assignment; at most as many as asked for. */
  readonly jobs: readonly RunningView[];
  readonly jobCount: number;
}

/** A job that a worker has. */
export interface RunningView {
  readonly handle: string;
  readonly function: string;
  readonly unique: string;
  /** Since its worker got it, half a second exact. */
  readonly seconds: number;
  readonly isBackground: boolean;
  /** How many workers have lost it. */
  readonly retries: number;
}

/** What a page about the server shows. Read step by step; both tables may change during the iteration. */
export interface SiteView {
  queues(): Iterable<QueueView>;
  /** @param most functions and jobs of each connection that are named */
  workers(most: number): Iterable<WorkerView>;
}

/** @param peers the connections, oldest first */
export function siteView(queues: JobQueues, peers: () => Iterable<Peer>): SiteView {
  return {
    queues: () => queueViews(queues),
    workers: (most) => workerViews(queues, peers(), most),
  };
}

function* queueViews(queues: JobQueues): Iterable<QueueView> {
  for (const one of queues.functions)
    yield { ...queueMetrics(one, queues.seconds.precise()), priorities: priorities(one) };
}

function priorities(one: JobFunction): [number, number, number] {
  return [one.waiting(HIGH), one.waiting(NORMAL), one.waiting(LOW)];
}

function* workerViews(queues: JobQueues, peers: Iterable<Peer>, most: number): Iterable<WorkerView> {
  for (const peer of peers) {
    const { abilities, held } = peer;
    if (peer.hasLeft || (abilities.size === 0 && held.size === 0)) continue;
    const functions: string[] = [];
    for (let one = abilities.newest; one !== undefined && functions.length < most; one = one.older)
      functions.push(one.function.name);
    yield {
      ...{ id: peer.id, address: peer.address, clientId: peer.clientId },
      ...{ functions, functionCount: abilities.size },
      ...{ jobs: runningViews(peer, queues.seconds.precise(), most), jobCount: held.size },
    };
  }
}

function runningViews(peer: Peer, nowSeconds: number, most: number): RunningView[] {
  const jobs: RunningView[] = [];
  for (let job = peer.held.oldest; job !== undefined && jobs.length < most; job = job.heldAfter)
    jobs.push({
      ...{ handle: job.handle, function: job.function.name, unique: job.unique },
      ...{ seconds: Math.max(nowSeconds - job.since, 0), isBackground: job.background, retries: job.retries },
    });
  return jobs;
}
