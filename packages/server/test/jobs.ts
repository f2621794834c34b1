import { type Job, Peer } from "../src/core/entities.ts";
import { JobQueues } from "../src/core/job-queues.ts";
import { type JobRequest, NORMAL } from "../src/core/job-request.ts";
import type { QueueEvents, QueueRules } from "../src/core/queue-events.ts";
import type { Steps } from "../src/core/steps.ts";
import { systemClock } from "../src/index.ts";

/** By default a normal background job of function `f`. */
export function request({ data, ...options }: Partial<JobRequest> & { data?: Buffer } = {}): JobRequest {
  const bytes = data ?? Buffer.alloc(0);
  return {
    function: "f",
    unique: "",
    bytes,
    dataAt: 0,
    dataBytes: bytes.length,
    priority: NORMAL,
    whenSeconds: 0,
    reducer: undefined,
    background: true,
    ...options,
  };
}

/** A peer that records the packet numbers sent to it. */
export function peer(id = 1): Peer & { readonly heard: number[] } {
  const heard: number[] = [];
  const one = new Peer({ id, address: "-", exceptions: false, send: (type) => heard.push(type) });
  return Object.assign(one, { heard });
}

/** Empty queues, and the jobs that left them. */
export function queues(rules: Partial<QueueRules> = {}): { queues: JobQueues; gone: Job[] } {
  const gone: Job[] = [];
  const events: QueueEvents = {
    accepted: () => undefined,
    timedOut: () => undefined,
    retriesUsedUp: () => undefined,
    gone: (job) => gone.push(job),
    tooManyFunctions: () => undefined,
    dropped: () => undefined,
    tick: () => undefined,
  };
  const all = {
    handlePrefix: "T",
    jobRetries: 0,
    workerWakeup: 0,
    compat: "2.0",
    roundRobin: false,
    maxFunctions: 1000,
    maxFunctionsPerConnection: 1000,
    queueLimits: [],
    maxQueuedBytes: 0,
    ...rules,
  } as const;
  return { queues: new JobQueues(all, systemClock, events), gone };
}

/** Performs all steps. @returns their number */
export function finish(steps: Steps): number {
  let count = 1;
  while (steps.next().done !== true) count += 1;
  return count;
}

/** Jobs that `peer` holds, last grabbed first. */
export function heldBy({ held }: Peer): Job[] {
  const jobs: Job[] = [];
  for (let job = held.newest; job !== undefined; job = job.heldBefore) jobs.push(job);
  return jobs;
}

/** As `JobQueues.grab`, with all steps performed. */
export function grab(queues: JobQueues, worker: Peer): Job | undefined {
  for (;;) {
    const job = queues.grab(worker);
    if (job !== "again") return job;
  }
}
