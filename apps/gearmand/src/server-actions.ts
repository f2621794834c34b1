import type { QueueControl } from "@mod-gearman/server";
import {
  ActionRefused,
  type Done,
  PEEK_LIMITS,
  type Perform,
  peekAnswer,
  peekedJobOf,
  SAID,
} from "@mod-gearman/site-page";

/** For the log of the server; the page's own line says more. */
const WHO = "page";
const PRIORITY_NAMES = ["high", "normal", "low"] as const;

type Values = Parameters<Perform>[0];

/**
 * What the page of a job server can have done.
 *
 * @param ownName of this server on the page
 * @param drain asks the worker of that name, latin1, to drain. @returns its answer
 */
export function serverActions(
  control: QueueControl,
  ownName: () => string,
  drain: (name: string) => Promise<Buffer>,
): Record<string, Perform> {
  const queueOf = ({ queue = "", server = ownName() }: Values): string => {
    if (server !== ownName()) throw new ActionRefused(SAID.elsewhere(server));
    return bytesOf(queue);
  };
  return {
    pause: (values) =>
      SAID.pause(values.queue ?? "", known(control.pauseQueue(queueOf(values), WHO), values)),
    resume: (values) =>
      SAID.resume(values.queue ?? "", known(control.resumeQueue(queueOf(values), WHO), values)),
    purge: async (values) =>
      SAID.purge(values.queue ?? "", known(await control.purgeQueue(queueOf(values), WHO), values)),
    move: async (values) => {
      const { queue = "", to = "" } = values;
      const outcome = await control.moveJobs(queueOf(values), bytesOf(to), WHO);
      if (outcome === undefined)
        throw new ActionRefused(`there is no queue ${queue}, or none ${to} beside it`);
      return SAID.move(queue, to, outcome);
    },
    peek: (values) => peek(control, queueOf(values), values),
    cancel: (values) => {
      queueOf(values);
      const { handle = "" } = values;
      const outcome = control.cancelJob(bytesOf(handle), WHO);
      if (outcome === "absent") throw new ActionRefused(SAID.noJob(handle));
      return SAID.cancel(handle, outcome === "waiting");
    },
    drain: async ({ worker = "" }) => drainOutcome(worker, await drain(bytesOf(worker))),
  };
}

/** Names are bytes, mostly UTF-8; others cannot be written on the page and are unknown. */
const bytesOf = (label: string): string => Buffer.from(label).toString("latin1");

function known<T>(outcome: T | undefined, { queue = "" }: Values): T {
  if (outcome === undefined) throw new ActionRefused(SAID.noQueue(queue));
  return outcome;
}

function peek(control: QueueControl, name: string, values: Values): Done {
  const jobs = known(control.peekJobs(name, PEEK_LIMITS.jobs, PEEK_LIMITS.bytes), values);
  return peekAnswer(
    values.queue ?? "",
    jobs.map(({ data, ...job }) =>
      peekedJobOf({ ...job, workload: data, priority: PRIORITY_NAMES[job.priority] }),
    ),
  );
}

/** A worker that may not be drained by clear text answers with its usual line. */
function drainOutcome(worker: string, answer: Buffer): string {
  if (/ is draining\b/.test(answer.toString("latin1")))
    return `Worker ${worker} drains: it finishes its jobs and takes no more.`;
  throw new ActionRefused(
    `worker ${worker} takes this word only encrypted: use the page of the bridge, or allow_drain_job=yes`,
  );
}
