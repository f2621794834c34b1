import { decodeQueueWord, encodeQueueWord } from "@mod-gearman/protocol";
import type { Job } from "../core/entities.ts";
import { PRIORITIES } from "../core/job-request.ts";
import { MOST_PEEKED_BYTES } from "../core/peek.ts";
import type { CancelOutcome } from "../core/queue-operations.ts";
import type { Steps } from "../core/steps.ts";
import { queueMetrics } from "../observe/queue-metrics.ts";
import type { AdminContext } from "./context.ts";
import type { PeekedJob } from "./queue-control.ts";

type Answer = string | Steps | Promise<string>;
type Command = (args: readonly string[], context: AdminContext) => Answer | undefined;

const OK = "OK\r\n";
const UNKNOWN_QUEUE = "ERR UNKNOWN_QUEUE\r\n";
const UNKNOWN_JOB = "ERR UNKNOWN_JOB\r\n";
const INVALID = "ERR INVALID_ARGUMENTS\r\n";
const END = ".\n";
const DEFAULT_PEEKED = 10;
const NUMBER = /^\d{1,9}$/;
const PRIORITY_NAMES = ["high", "normal", "low"] as const;

/** `queue list` changes nothing; it is all of `queue` that peers without the right `admin` may use. */
export function isQueueList(args: readonly string[]): boolean {
  return args[0]?.toLowerCase() === "list";
}

/** `queue …`, ours alone. Words are percent-encoded where a name contains blanks. Source: job-server.md 11. */
export function queueCommand(args: readonly string[], context: AdminContext): Answer {
  const [word = "", ...rest] = args;
  return commands.get(word.toLowerCase())?.(rest.map(decodeQueueWord), context) ?? INVALID;
}

const commands = new Map<string, Command>([
  ["list", (args, context) => (args.length === 0 ? printQueues(context) : undefined)],
  ["pause", pauseOrResume("pauseQueue")],
  ["resume", pauseOrResume("resumeQueue")],
  ["purge", purge],
  ["move", move],
  ["cancel", cancel],
  ["peek", peek],
]);

function pauseOrResume(verb: "pauseQueue" | "resumeQueue"): Command {
  return ([name, ...more], { control, who }) => {
    if (name === undefined || more.length > 0) return undefined;
    return control[verb](name, who) === undefined ? UNKNOWN_QUEUE : OK;
  };
}

function purge([name, ...more]: readonly string[], { control, who }: AdminContext): Answer | undefined {
  if (name === undefined || more.length > 0) return undefined;
  return control
    .purgeQueue(name, who)
    .then((dropped) => (dropped === undefined ? UNKNOWN_QUEUE : `OK dropped=${dropped}\r\n`));
}

function move(args: readonly string[], { control, queues, who }: AdminContext): Answer | undefined {
  const [from, to, most] = args;
  if (from === undefined || to === undefined || (most !== undefined && !NUMBER.test(most))) return undefined;
  if (from === to && queues.functions.find(from) !== undefined) return "ERR SAME_QUEUE\r\n";
  return control.moveJobs(from, to, who, most === undefined ? undefined : Number(most)).then((outcome) => {
    if (outcome === undefined) return UNKNOWN_QUEUE;
    const { moved, equal, notStored, isFull } = outcome;
    return `OK moved=${moved} equal=${equal} not-stored=${notStored} full=${isFull ? 1 : 0}\r\n`;
  });
}

function cancel(args: readonly string[], context: AdminContext): Answer | undefined {
  const [what, key, name, ...more] = args;
  if (key === undefined || more.length > 0) return undefined;
  if (what?.toLowerCase() === "unique") return cancelling(context, context.control.withUnique(key, name));
  if (what?.toLowerCase() !== "job" || name !== undefined) return undefined;
  return cancelling(context, context.control.withHandle(key));
}

/** The peer waits as long as the search in the queues takes. */
function* cancelling({ control, who }: AdminContext, jobs: Iterable<Job>): Steps {
  const counts: Record<CancelOutcome, number> = { waiting: 0, running: 0, absent: 0 };
  for (const job of jobs) {
    const { outcome, steps } = control.cancel(job, who);
    counts[outcome] += 1;
    yield* steps;
  }
  const { waiting, running } = counts;
  yield waiting + running === 0 ? UNKNOWN_JOB : `OK waiting=${waiting} running=${running}\r\n`;
}

function peek(args: readonly string[], { control, queues, guard }: AdminContext): Answer | undefined {
  const [name, count = String(DEFAULT_PEEKED), bytes = "0", ...more] = args;
  if (name === undefined || more.length > 0 || !NUMBER.test(count) || !NUMBER.test(bytes)) return undefined;
  const one = queues.functions.find(name);
  if (one === undefined || guard?.mayView(name) === false) return UNKNOWN_QUEUE;
  const most = Math.min(Number(bytes), MOST_PEEKED_BYTES);
  return (function* (): Steps {
    for (const job of control.jobs(one, Number(count)))
      yield queues.jobs.has(job) ? printPeeked(control.show(job, most)) : undefined;
    yield END;
  })();
}

/** Columns: handle, unique, state, priority, age, bytes, retries, background, clients, when, worker, workload as base64. */
function printPeeked(job: PeekedJob): string {
  const { handle, unique, state, priority, ageSeconds, bytes, retries, clients, whenSeconds, worker, data } =
    job;
  const names = [encodeQueueWord(handle), encodeQueueWord(unique), state, PRIORITY_NAMES[priority]];
  const numbers = [ageSeconds, bytes, retries, job.isBackground ? 1 : 0, clients, whenSeconds];
  const ends = [worker === undefined ? "-" : encodeQueueWord(worker), data.toString("base64")];
  return `${[...names, ...numbers, ...ends].join("\t")}\n`;
}

/** Columns: name, state, waiting with high, normal and low priority, for a later time, running, workers, age, bytes. */
function* printQueues({ queues, guard }: AdminContext): Steps {
  let left = queues.functions.size; // it may grow meanwhile
  for (const one of queues.functions) {
    if (left === 0) break;
    left -= 1;
    if (guard !== undefined && !guard.mayView(one.name)) {
      yield;
      continue;
    }
    const { isPaused, isStalled, oldestWaitingSeconds, running, workers, bytes } = queueMetrics(
      one,
      queues.seconds.precise(),
    );
    const state = isPaused ? "paused" : isStalled ? "stalled" : "-";
    const waiting = PRIORITIES.map((priority) => one.waitingQueue(priority).length);
    const age = oldestWaitingSeconds === undefined ? "-" : Math.floor(oldestWaitingSeconds);
    yield `${[encodeQueueWord(one.name), state, ...waiting, one.later, running, workers, age, bytes].join("\t")}\n`;
  }
  yield END;
}
