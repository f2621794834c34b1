import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { PeekedJob } from "../model/peeked-job.ts";
import type { QueueRow } from "../model/snapshot.ts";
import { bytes, duration } from "./format.ts";
import { CancelButton } from "./jobs-view.tsx";
import {
  canOpen,
  type GivenKey,
  type Opened,
  openPayload,
  readKeyFile,
  typedPassword,
} from "./open-payload.ts";
import { mayAct, type ViewProps } from "./view-props.ts";

interface Props extends ViewProps {
  readonly queue: QueueRow;
  readonly jobs: readonly PeekedJob[];
  onClose(): void;
}

/** Jobs of one look into a queue. With the key of the site their payloads are opened here, in the browser. */
export function PeekedJobs({ site, act, queue, jobs, onClose }: Props): JSX.Element {
  const [opened, setOpened] = useState<readonly Opened[] | undefined>(undefined);
  const { server, name } = queue;
  const open = async (key: GivenKey): Promise<void> => {
    setOpened(await Promise.all(jobs.map((job) => openJob(job, name, key))));
  };
  return (
    <section aria-label={`Jobs of queue ${name}`} class="peeked">
      <p>
        {jobs.length === 0 ? "There is no job." : `${jobs.length} jobs, the next ones first.`}{" "}
        <button type="button" class="small" onClick={onClose}>
          Close
        </button>
      </p>
      {jobs.length > 0 && <KeyForm onKey={(key) => void open(key)} />}
      <ol>
        {jobs.map((job, at) => (
          <li key={job.handle}>
            <p>
              <strong>{job.unique === "" || job.unique === "-" ? job.handle : job.unique}</strong>{" "}
              {factsOf(job)}{" "}
              {mayAct(site, server, "cancel") && (
                <CancelButton act={act} handle={job.handle} unique={job.unique} server={server} />
              )}
            </p>
            <Payload opened={opened?.[at]} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function Payload({ opened }: { readonly opened: Opened | undefined }): JSX.Element | null {
  if (opened === undefined) return null;
  if ("problem" in opened) return <p class="empty">{opened.problem}</p>;
  return <pre>{opened.text.trimEnd()}</pre>;
}

function factsOf({
  state,
  priority,
  ageSeconds,
  bytes: size,
  retries,
  worker,
  whenSeconds,
}: PeekedJob): string {
  const since =
    state === "later" ? `from ${new Date(whenSeconds * 1000).toLocaleString()}` : duration(ageSeconds);
  return [
    `${state} ${since}`,
    ...(priority === "normal" ? [] : [`${priority} priority`]),
    bytes(size),
    ...(retries === 0 ? [] : [`lost by ${retries} workers`]),
    ...(worker === null ? [] : [`with ${worker}`]),
  ].join(", ");
}

function openJob({ workload }: PeekedJob, queue: string, key: GivenKey): Promise<Opened> {
  return workload === null
    ? Promise.resolve({ problem: "too large to be shown" })
    : openPayload(workload, queue, key);
}

/** The key is used once and kept nowhere. */
function KeyForm({ onKey }: { onKey(key: GivenKey): void }): JSX.Element {
  if (!canOpen())
    return (
      <p class="empty">
        Browsers open payloads only on a page by https or of this machine. mod_gearman_queue peek shows them,
        too.
      </p>
    );
  const onSubmit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const given = new FormData(form);
    const password = String(given.get("password") ?? "");
    const file = given.get("file");
    const isClear = given.get("clear") !== null;
    form.reset();
    if (file instanceof File && file.size > 0)
      void file.arrayBuffer().then((content) => onKey({ ...readKeyFile(new Uint8Array(content)), isClear }));
    else onKey({ password: typedPassword(password), isClear });
  };
  return (
    <form class="tools" onSubmit={onSubmit}>
      <label class="filter">
        <span>Key of the site</span>
        <input name="password" type="password" autocomplete="off" maxLength={512} />
      </label>
      <label class="filter">
        <span>or its file</span>
        <input name="file" type="file" />
      </label>
      <label class="switch">
        <input name="clear" type="checkbox" />
        <span>the site does not encrypt</span>
      </label>
      <button type="submit">Open payloads</button>
      <p class="more">The key stays in this browser: payloads are opened here.</p>
    </form>
  );
}
