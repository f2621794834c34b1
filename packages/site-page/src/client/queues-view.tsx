import type { JSX } from "preact";
import type { QueueRow } from "../model/snapshot.ts";
import { FilterBox, fits } from "./filter-box.tsx";
import { duration, number } from "./format.ts";
import { oneLink } from "./route.ts";
import { type Column, SortTable } from "./sort-table.tsx";
import { SparkLine } from "./spark-line.tsx";
import { hasServers, type ViewProps } from "./view-props.ts";

const LATE_SECONDS = 60;

const server: Column<QueueRow> = {
  ...{ key: "server", title: "Server" },
  sortBy: (queue) => queue.server,
  cell: (queue) => queue.server,
};
const COLUMNS: readonly Column<QueueRow>[] = [
  {
    ...{ key: "name", title: "Queue" },
    sortBy: ({ name }) => name,
    cell: ({ name, isPaused, isStalled }) => (
      <>
        <a href={oneLink("queue", name)}>{name}</a>
        {isPaused && <span class="mark warning">paused</span>}
        {isStalled && <span class="mark critical">stalled</span>}
      </>
    ),
  },
  { ...{ key: "waiting", title: "Waiting", isNumber: true }, sortBy: (one) => one.waiting, cell: waiting },
  {
    ...{ key: "running", title: "Running", isNumber: true },
    sortBy: (one) => one.running,
    cell: (one) => number(one.running),
  },
  {
    ...{ key: "workers", title: "Workers", isNumber: true },
    sortBy: (one) => one.workers,
    cell: (one) => number(one.workers),
  },
  {
    ...{ key: "oldest", title: "Oldest", isNumber: true },
    sortBy: (one) => one.oldestSeconds,
    cell: (one) => duration(one.oldestSeconds),
  },
  {
    ...{ key: "in", title: "In / s", isNumber: true },
    sortBy: (one) => one.inPerSecond,
    cell: (one) => number(one.inPerSecond, 1),
  },
  {
    ...{ key: "out", title: "Out / s", isNumber: true },
    sortBy: (one) => one.outPerSecond,
    cell: (one) => number(one.outPerSecond, 1),
  },
  { ...{ key: "history", title: "Last minute" }, cell: (one) => <SparkLine values={one.history} /> },
];

/** Waiting jobs; the urgent and the low ones are named apart if there are any. */
function waiting({ waiting: all, priorities }: QueueRow): JSX.Element {
  const [high, , low] = priorities ?? [0, 0, 0];
  const parts = [...(high > 0 ? [`${high} high`] : []), ...(low > 0 ? [`${low} low`] : [])];
  return (
    <>
      {number(all)}
      {parts.length > 0 && <span class="more"> ({parts.join(", ")})</span>}
    </>
  );
}

/** All queues; those without jobs and workers are folded away. */
export function QueuesView({ site, route, change }: ViewProps): JSX.Element {
  const { filter = "", sort = "", stale = "" } = route.values;
  const found = site.queues.filter(({ name, server: on }) => fits(filter, [name, on]));
  const used = found.filter(({ isStale }) => !isStale);
  const staleCount = found.length - used.length;
  const [first, ...others] = COLUMNS;
  const columns = first !== undefined && hasServers(site) ? [first, server, ...others] : COLUMNS;
  return (
    <>
      <div class="tools">
        <FilterBox label="Filter queues" value={filter} onValue={(text) => change({ filter: text })} />
        {staleCount > 0 && (
          <label class="switch">
            <input
              type="checkbox"
              checked={stale !== ""}
              onChange={({ currentTarget }) => change({ stale: currentTarget.checked ? "1" : "" })}
            />
            <span>Show {staleCount} without jobs and workers</span>
          </label>
        )}
      </div>
      <SortTable
        caption={`Queues, ${used.length} in use`}
        columns={columns}
        rows={stale === "" ? used : found}
        keyOf={({ server: on, name }) => `${on} ${name}`}
        sort={sort}
        onSort={(key) => change({ sort: key })}
        empty={filter === "" ? "No queue is in use." : "No queue fits the filter."}
        warns={(one) => one.waiting > 0 && (one.workers === 0 || (one.oldestSeconds ?? 0) >= LATE_SECONDS)}
      />
      {site.omitted.queues > 0 && (
        <p class="more">{number(site.omitted.queues)} more queues are not shown.</p>
      )}
    </>
  );
}
