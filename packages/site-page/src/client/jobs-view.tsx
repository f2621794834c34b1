import type { JSX } from "preact";
import type { JobRow } from "../model/snapshot.ts";
import { FilterBox, fits } from "./filter-box.tsx";
import { duration, number } from "./format.ts";
import { oneLink } from "./route.ts";
import { type Column, SortTable } from "./sort-table.tsx";
import type { ViewProps } from "./view-props.ts";

const LONG_SECONDS = 300;

export const JOB_COLUMNS: readonly Column<JobRow>[] = [
  {
    ...{ key: "unique", title: "Job" },
    sortBy: ({ unique }) => unique,
    cell: ({ unique, handle }) => (unique === "" || unique === "-" ? handle : unique),
  },
  {
    ...{ key: "queue", title: "Queue" },
    sortBy: ({ queue }) => queue,
    cell: ({ queue }) => <a href={oneLink("queue", queue)}>{queue}</a>,
  },
  {
    ...{ key: "worker", title: "Worker" },
    sortBy: ({ worker }) => worker,
    cell: ({ worker }) => <a href={oneLink("worker", worker)}>{worker.replace(/@mod_gearman_\w+$/, "")}</a>,
  },
  {
    ...{ key: "since", title: "Runs for", isNumber: true },
    sortBy: ({ seconds }) => seconds,
    cell: ({ seconds }) => duration(seconds),
  },
  {
    ...{ key: "retries", title: "Lost before", isNumber: true },
    sortBy: ({ retries }) => retries,
    cell: ({ retries }) => (retries === 0 ? "–" : `${retries} ×`),
  },
];

/** What runs where since when. */
export function JobsView({ site, route, change }: ViewProps): JSX.Element {
  const { filter = "", sort = "-since" } = route.values;
  const rows = site.jobs.filter(({ unique, queue, worker, handle }) =>
    fits(filter, [unique, queue, worker, handle]),
  );
  return (
    <>
      <div class="tools">
        <FilterBox label="Filter jobs" value={filter} onValue={(text) => change({ filter: text })} />
      </div>
      <SortTable
        caption={`Running jobs, ${rows.length}`}
        columns={JOB_COLUMNS}
        rows={rows}
        keyOf={({ server, handle }) => `${server} ${handle}`}
        sort={sort}
        onSort={(key) => change({ sort: key })}
        empty={filter === "" ? "Nothing is running." : "No job fits the filter."}
        warns={({ seconds }) => seconds >= LONG_SECONDS}
      />
      {site.omitted.jobs > 0 && <p class="more">{number(site.omitted.jobs)} more are not shown.</p>}
    </>
  );
}
