import type { PeekedJob } from "./peeked-job.ts";

/** Names of what can be done with queues and jobs of a job server of ours. */
export const QUEUE_ACTIONS = ["pause", "resume", "purge", "move", "peek", "cancel"] as const;

/** Of one look into a queue. */
export const PEEK_LIMITS = { jobs: 20, bytes: 65_536 } as const;

/** What became of jobs that were to be moved. */
interface MoveCounts {
  readonly moved: number;
  /** Stayed, as the other queue has one with the same key. */
  readonly equal: number;
  readonly notStored: number;
  /** The rest stayed. */
  readonly isFull: boolean;
}

/** What was done, in the same words on every page. */
export const SAID = {
  pause: (queue: string, isNew: boolean) => `Queue ${queue} ${isNew ? "is paused" : "was paused before"}.`,
  resume: (queue: string, isNew: boolean) => `Queue ${queue} ${isNew ? "is resumed" : "was not paused"}.`,
  purge: (queue: string, count: number) => `${jobsOf(count, queue)} dropped.`,
  cancel: (handle: string, wasWaiting: boolean) =>
    wasWaiting ? `Job ${handle} is cancelled.` : `Job ${handle} is forgotten; its worker goes on to its end.`,
  move: (from: string, to: string, counts: MoveCounts) => `${movedParts(from, to, counts).join("; ")}.`,
  noQueue: (queue: string) => `there is no queue ${queue}`,
  noJob: (handle: string) => `there is no job ${handle} any more`,
  elsewhere: (server: string) => `this is done on the page of ${server}`,
} as const;

const jobsOf = (count: number, queue: string): string =>
  count === 1 ? `1 job of queue ${queue} was` : `${count} jobs of queue ${queue} were`;

function movedParts(from: string, to: string, { moved, equal, notStored, isFull }: MoveCounts): string[] {
  return [
    `${jobsOf(moved, from)} moved to ${to}`,
    ...(equal > 0 ? [`${equal} stayed, there are jobs with the same key`] : []),
    ...(notStored > 0 ? [`${notStored} stayed, the store refused them`] : []),
    ...(isFull ? ["the rest stayed, a limit of the other queue is reached"] : []),
  ];
}

/** The answer of the action `peek`: the log says how many, and gets nothing that is in them. */
export function peekAnswer(queue: string, jobs: readonly PeekedJob[]) {
  return { text: `${jobsOf(jobs.length, queue)} shown, as sealed.`, data: { jobs } };
}
