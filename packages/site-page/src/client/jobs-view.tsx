import type { JSX } from "preact";
import type { JobRow } from "../model/snapshot.ts";
import { FilterBox, fits } from "./filter-box.tsx";
import { duration, number } from "./format.ts";
import { oneLink } from "./route.ts";
import { type Column, SortTable } from "./sort-table.tsx";
import { mayAct, type ViewProps } from "./view-props.ts";

const LONG_SECONDS = 300;

const JOB_COLUMNS: readonly Column<JobRow>[] = [
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

type CancelProps = Pick<JobRow, "handle" | "unique" | "server"> & Pick<ViewProps, "act">;

/** For a job that waits or runs. */
export function CancelButton({ act, handle, unique, server }: CancelProps): JSX.Element {
  const name = unique === "" || unique === "-" ? handle : unique;
  return (
    <button
      type="button"
      class="danger small"
      aria-label={`Cancel ${name}`}
      onClick={() =>
        act(
          "cancel",
          { handle, server },
          `Cancel job ${name}? If its plugin runs, that goes on; its result is dropped.`,
        )
      }
    >
      Cancel
    </button>
  );
}

/** Columns of a table of jobs, without those that say the same in each row. */
export function jobColumns(
  { site, act }: ViewProps,
  without: "queue" | "worker" | undefined,
): readonly Column<JobRow>[] {
  const columns = JOB_COLUMNS.filter(({ key }) => key !== without);
  if (!site.servers.some(({ actions }) => actions.includes("cancel"))) return columns;
  const cancel: Column<JobRow> = {
    ...{ key: "cancel", title: "Action" },
    cell: ({ handle, unique, server }) =>
      mayAct(site, server, "cancel") && (
        <CancelButton act={act} handle={handle} unique={unique} server={server} />
      ),
  };
  return [...columns, cancel];
}

/** What runs where since when. */
export function JobsView(props: ViewProps): JSX.Element {
  const { site, route, change } = props;
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
        columns={jobColumns(props, undefined)}
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
