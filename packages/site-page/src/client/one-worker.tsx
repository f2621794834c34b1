import type { JSX } from "preact";
import type { WorkerRow } from "../model/snapshot.ts";
import { clockFact } from "./clock-fact.ts";
import { drainWish } from "./drain-wish.ts";
import { Facts } from "./facts.tsx";
import { duration, number } from "./format.ts";
import { jobColumns } from "./jobs-view.tsx";
import { listLink, oneLink } from "./route.ts";
import { SortTable } from "./sort-table.tsx";
import type { ViewProps } from "./view-props.ts";

/** One worker: its own words, its queues, what it runs. */
export function OneWorker(props: ViewProps): JSX.Element {
  const { site, route, change } = props;
  const worker = site.workers.find(({ id }) => id === route.one);
  const { sort = "-since" } = route.values;
  return (
    <article>
      <p class="back">
        <a href={listLink("workers")}>All workers</a>
      </p>
      <h2>
        {worker?.kind === "bridge" ? "Bridge" : "Worker"} {worker?.name ?? route.one}
      </h2>
      {worker === undefined ? (
        <p class="empty">It is not connected.</p>
      ) : (
        <WorkerFacts worker={worker} {...props} />
      )}
      <h3>What runs</h3>
      <SortTable
        caption="Its running jobs"
        columns={jobColumns(props, "worker")}
        rows={site.jobs.filter((job) => job.worker === route.one)}
        keyOf={({ server, handle }) => `${server} ${handle}`}
        sort={sort}
        onSort={(key) => change({ sort: key })}
        empty="Nothing is running."
      />
    </article>
  );
}

function WorkerFacts({ worker, site, act }: ViewProps & { readonly worker: WorkerRow }): JSX.Element {
  const drain = drainWish(site, worker);
  const { name, undecodable, undecodableSeconds, isDraining, lastJobSeconds } = worker;
  const keyText =
    undecodable === null || undecodable === 0
      ? number(undecodable)
      : `${number(undecodable)}, the last ${duration(undecodableSeconds)} ago`;
  const last =
    lastJobSeconds === null ? "–" : lastJobSeconds === 0 ? "now" : `${duration(lastJobSeconds)} ago`;
  return (
    <>
      <Facts
        facts={[
          ["Host", worker.hosts.join(", ")],
          ["Program", [worker.program, worker.version].filter((part) => part !== null).join(" ") || "–"],
          ["Job servers", worker.servers.join(", ")],
          ["Busy slots", `${number(worker.busy)} of ${number(worker.slots)}`],
          ["Connections", number(worker.connections)],
          ["Load of its machine", number(worker.load, 2)],
          ["Unsent results", number(worker.unsentResults)],
          ["Jobs its key does not open", keyText],
          ...clockFact(site, name),
          ["State", isDraining ? "drains: finishes its jobs, takes no more" : "takes jobs"],
          ["Last job", last],
        ]}
      />
      {drain !== undefined && (
        <p class="buttons">
          <button
            type="button"
            class="danger"
            onClick={() => act("drain", drain, `Drain worker ${name}? It finishes its jobs, then it ends.`)}
          >
            Drain
          </button>
        </p>
      )}
      <h3>Its queues</h3>
      <ul class="names">
        {worker.queues.map((queue) => (
          <li key={queue}>
            <a href={oneLink("queue", queue)}>{queue}</a>
          </li>
        ))}
      </ul>
    </>
  );
}
