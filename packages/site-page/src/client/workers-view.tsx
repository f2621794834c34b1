import type { JSX } from "preact";
import type { WorkerRow } from "../model/snapshot.ts";
import { FilterBox, fits } from "./filter-box.tsx";
import { duration, number } from "./format.ts";
import { oneLink } from "./route.ts";
import { type Column, SortTable } from "./sort-table.tsx";
import type { ViewProps } from "./view-props.ts";

const COLUMNS: readonly Column<WorkerRow>[] = [
  {
    ...{ key: "name", title: "Worker" },
    sortBy: ({ name }) => name,
    cell: ({ id, name, kind, isDraining, undecodable }) => (
      <>
        <a href={oneLink("worker", id)}>{name}</a>
        {kind === "bridge" && <span class="mark">bridge</span>}
        {isDraining && <span class="mark warning">drains</span>}
        {(undecodable ?? 0) > 0 && <span class="mark critical">wrong key</span>}
      </>
    ),
  },
  {
    ...{ key: "host", title: "Host" },
    sortBy: ({ hosts }) => hosts[0] ?? "",
    cell: ({ hosts }) => hosts.join(", "),
  },
  {
    ...{ key: "version", title: "Version" },
    sortBy: ({ version }) => version,
    cell: ({ version }) => version ?? "–",
  },
  {
    ...{ key: "busy", title: "Busy", isNumber: true },
    sortBy: ({ busy }) => busy,
    cell: ({ busy, slots, kind }) => (kind === "bridge" ? "–" : `${number(busy)} of ${number(slots)}`),
  },
  {
    ...{ key: "load", title: "Load", isNumber: true },
    sortBy: ({ load }) => load,
    cell: ({ load }) => number(load, 2),
  },
  {
    ...{ key: "unsent", title: "Unsent results", isNumber: true },
    sortBy: ({ unsentResults }) => unsentResults,
    cell: ({ unsentResults }) => number(unsentResults),
  },
  {
    ...{ key: "last", title: "Last job", isNumber: true },
    sortBy: ({ lastJobSeconds }) => lastJobSeconds,
    cell: ({ lastJobSeconds }) =>
      lastJobSeconds === null ? "–" : lastJobSeconds === 0 ? "now" : `${duration(lastJobSeconds)} ago`,
  },
  {
    ...{ key: "queues", title: "Queues", isNumber: true },
    sortBy: ({ queues }) => queues.length,
    cell: ({ queues }) => number(queues.length),
  },
];

/** All workers, and the bridges, which take results. */
export function WorkersView({ site, route, change }: ViewProps): JSX.Element {
  const { filter = "", sort = "" } = route.values;
  const rows = site.workers.filter(({ name, hosts, queues, version }) =>
    fits(filter, [name, version ?? "", ...hosts, ...queues]),
  );
  return (
    <>
      <div class="tools">
        <FilterBox label="Filter workers" value={filter} onValue={(text) => change({ filter: text })} />
      </div>
      <SortTable
        caption={`Workers and bridges, ${rows.length}`}
        columns={COLUMNS}
        rows={rows}
        keyOf={({ id }) => id}
        sort={sort}
        onSort={(key) => change({ sort: key })}
        empty={filter === "" ? "No worker is connected." : "No worker fits the filter."}
        warns={({ undecodable }) => (undecodable ?? 0) > 0}
      />
      {site.omitted.workers > 0 && <p class="more">{number(site.omitted.workers)} more are not shown.</p>}
    </>
  );
}
