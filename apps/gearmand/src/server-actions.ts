import type { QueueControl } from "@mod-gearman/server";
import { ActionRefused, type Perform } from "@mod-gearman/site-page";

/** For the log of the server; the page's own line says more. */
const WHO = "page";

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
    if (server !== ownName()) throw new ActionRefused(`this is done on the page of ${server}`);
    return bytesOf(queue);
  };
  return {
    pause: (values) => {
      const isNew = known(control.pauseQueue(queueOf(values), WHO), values);
      return isNew ? `Queue ${values.queue} is paused.` : `Queue ${values.queue} was paused before.`;
    },
    resume: (values) => {
      const isNew = known(control.resumeQueue(queueOf(values), WHO), values);
      return isNew ? `Queue ${values.queue} is resumed.` : `Queue ${values.queue} was not paused.`;
    },
    purge: async (values) => {
      const count = known(await control.purgeQueue(queueOf(values), WHO), values);
      return `${count} jobs of queue ${values.queue} were dropped.`;
    },
    cancel: (values) => {
      queueOf(values);
      const { handle = "" } = values;
      const outcome = control.cancelJob(bytesOf(handle), WHO);
      if (outcome === "absent") throw new ActionRefused(`there is no job ${handle} any more`);
      return outcome === "waiting"
        ? `Job ${handle} is cancelled.`
        : `Job ${handle} is forgotten; its worker goes on to its end.`;
    },
    drain: async ({ worker = "" }) => drainOutcome(worker, await drain(bytesOf(worker))),
  };
}

/** Names are bytes, mostly UTF-8; others cannot be written on the page and are unknown. */
const bytesOf = (label: string): string => Buffer.from(label).toString("latin1");

function known<T>(outcome: T | undefined, { queue = "" }: Values): T {
  if (outcome === undefined) throw new ActionRefused(`there is no queue ${queue}`);
  return outcome;
}

/** A worker that may not be drained by clear text answers with its usual line. */
function drainOutcome(worker: string, answer: Buffer): string {
  if (/ is draining\b/.test(answer.toString("latin1")))
    return `Worker ${worker} drains: it finishes its jobs and takes no more.`;
  throw new ActionRefused(
    `worker ${worker} takes this word only encrypted: use the page of the bridge, or allow_drain_job=yes`,
  );
}
