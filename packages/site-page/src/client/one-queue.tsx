import type { JSX } from "preact";
import type { QueueRow } from "../model/snapshot.ts";
import { Facts } from "./facts.tsx";
import { bytes, duration, number } from "./format.ts";
import { jobColumns } from "./jobs-view.tsx";
import { QueueActions } from "./queue-actions.tsx";
import { listLink, oneLink } from "./route.ts";
import { SortTable } from "./sort-table.tsx";
import { SparkLine } from "./spark-line.tsx";
import { hasServers, type ViewProps } from "./view-props.ts";

/** One queue on each server that has it, who takes its jobs, and what runs. */
export function OneQueue(props: ViewProps): JSX.Element {
  const { site, route, change } = props;
  const name = route.one ?? "";
  const rows = site.queues.filter((queue) => queue.name === name);
  const workers = site.workers.filter(({ queues }) => queues.includes(name));
  const { sort = "-since" } = route.values;
  return (
    <article>
      <p class="back">
        <a href={listLink("queues")}>All queues</a>
      </p>
      <h2>Queue {name}</h2>
      {rows.length === 0 && <p class="empty">No job server has this queue.</p>}
      {rows.map((queue) => (
        <QueueFacts key={`${queue.server} ${name}`} queue={queue} {...props} />
      ))}
      <h3>Who takes its jobs</h3>
      {workers.length === 0 ? (
        <p class="empty">Nobody.</p>
      ) : (
        <ul class="names">
          {workers.map(({ id, name: worker }) => (
            <li key={id}>
              <a href={oneLink("worker", id)}>{worker}</a>
            </li>
          ))}
        </ul>
      )}
      <h3>What runs</h3>
      <SortTable
        caption={`Running jobs of ${name}`}
        columns={jobColumns(props, "queue")}
        rows={site.jobs.filter(({ queue }) => queue === name)}
        keyOf={({ server, handle }) => `${server} ${handle}`}
        sort={sort}
        onSort={(key) => change({ sort: key })}
        empty="Nothing is running."
      />
    </article>
  );
}

function QueueFacts(props: ViewProps & { readonly queue: QueueRow }): JSX.Element {
  const { queue, site } = props;
  const { server, waiting, priorities } = queue;
  const [high, normal, low] = priorities ?? [];
  return (
    <section aria-label={`Queue on ${server}`}>
      {hasServers(site) && <h3>{server}</h3>}
      <Facts
        facts={[
          ["Waiting", number(waiting)],
          ["High, normal, low", priorities === null ? "–" : `${high}, ${normal}, ${low}`],
          ["Running", number(queue.running)],
          ["Connections that take jobs", number(queue.workers)],
          ["Oldest job waits", duration(queue.oldestSeconds)],
          ["In per second", number(queue.inPerSecond, 1)],
          ["Out per second", number(queue.outPerSecond, 1)],
          ["Bytes", bytes(queue.bytes)],
          ["State", queue.isPaused ? "paused" : queue.isStalled ? "stalled" : "–"],
          ["Last minute", <SparkLine key="spark" values={queue.history} />],
        ]}
      />
      <QueueActions {...props} />
    </section>
  );
}
