import { type Job, type JobRequest, NORMAL } from "../src/core/job.ts";
import { JobQueues, type QueueEvents, type QueueRules } from "../src/core/job-queues.ts";
import { Peer } from "../src/core/peer.ts";
import { systemClock } from "../src/index.ts";

/** A normal background job of function `f`, unless told otherwise. */
export function request(options: Partial<JobRequest> = {}): JobRequest {
  return {
    function: "f",
    unique: "",
    data: Buffer.alloc(0),
    priority: NORMAL,
    whenSeconds: 0,
    reducer: undefined,
    background: true,
    ...options,
  };
}

/** A peer that keeps the packet numbers it was sent. */
export function peer(id = 1): Peer & { readonly heard: number[] } {
  const heard: number[] = [];
  const one = new Peer({ id, address: "-", exceptions: false, send: (type) => heard.push(type) });
  return Object.assign(one, { heard });
}

/** Queues of their own, and the jobs that left them. */
export function queues(rules: Partial<QueueRules> = {}): { queues: JobQueues; gone: Job[] } {
  const gone: Job[] = [];
  const events: QueueEvents = {
    accepted: () => undefined,
    timedOut: () => undefined,
    retriesUsedUp: () => undefined,
    gone: (job) => gone.push(job),
  };
  const all = {
    handlePrefix: "T",
    jobRetries: 0,
    workerWakeup: 0,
    compat: "2.0",
    roundRobin: false,
    ...rules,
  } as const;
  return { queues: new JobQueues(all, systemClock, events), gone };
}
