import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { PeekedJob } from "../model/peeked-job.ts";
import type { QueueRow } from "../model/snapshot.ts";
import { number } from "./format.ts";
import { PeekedJobs } from "./peeked-jobs.tsx";
import { hasServers, mayAct, type ViewProps } from "./view-props.ts";

interface Button {
  readonly action: string;
  readonly title: string;
  readonly question: string;
  readonly isDanger?: boolean;
}

/** One look into the queue; the next one begins without key and payloads. */
interface Look {
  readonly number: number;
  readonly jobs: readonly PeekedJob[];
}

/** What can be done with one queue of one server, or why nothing. */
export function QueueActions(props: ViewProps & { readonly queue: QueueRow }): JSX.Element | null {
  const { queue, site, act } = props;
  const { server, name } = queue;
  const [look, setLook] = useState<Look | undefined>(undefined);
  const can = (action: string) => mayAct(site, server, action);
  if (!site.servers.some(({ name: on, actions }) => on === server && actions.length > 0))
    return site.can.actions.length === 0 ? null : (
      <p class="empty">
        This page can do nothing here: the job server is of another make, or its own page does not allow it
        (--admin-token-file with the same token).
      </p>
    );
  const others = site.queues
    .filter((one) => one.server === server && one.name !== name)
    .map((one) => one.name);
  const onAnswer = (text: string): void =>
    setLook((before) => ({ number: (before?.number ?? 0) + 1, jobs: jobsIn(text) }));
  return (
    <>
      <p class="buttons">
        {buttonsOf(queue, hasServers(site) ? ` on ${server}` : "")
          .filter(({ action }) => can(action))
          .map(({ action, title, question, isDanger }) => (
            <button
              key={action}
              type="button"
              class={isDanger === true ? "danger" : undefined}
              onClick={() => act(action, { server, queue: name }, question)}
            >
              {title}
            </button>
          ))}
        {can("move") && others.length > 0 && (
          <button
            type="button"
            onClick={() =>
              act(
                "move",
                { server, queue: name },
                `Move the waiting jobs of queue ${name} to another queue?`,
                {
                  choice: { name: "to", label: "To queue", options: others },
                },
              )
            }
          >
            Move
          </button>
        )}
        {can("peek") && (
          <button
            type="button"
            onClick={() =>
              act("peek", { server, queue: name }, `Look at the jobs of queue ${name}?`, { onAnswer })
            }
          >
            Jobs
          </button>
        )}
      </p>
      {look !== undefined && (
        <PeekedJobs {...props} key={look.number} jobs={look.jobs} onClose={() => setLook(undefined)} />
      )}
    </>
  );
}

/** The answer may come from another program. */
function jobsIn(text: string): PeekedJob[] {
  try {
    const { jobs } = JSON.parse(text) as { jobs: PeekedJob[] };
    return jobs.filter(({ handle }) => typeof handle === "string");
  } catch {
    return [];
  }
}

function buttonsOf({ name, waiting, isPaused }: QueueRow, on: string): Button[] {
  return [
    isPaused
      ? { action: "resume", title: "Resume", question: `Resume queue ${name}${on}?` }
      : { action: "pause", title: "Pause", question: `Pause queue ${name}${on}?` },
    {
      ...{ action: "purge", title: "Purge", isDanger: true },
      question: `Drop all ${number(waiting)} waiting jobs of queue ${name}${on}?`,
    },
  ];
}
