import type { JSX } from "preact";
import type { ServerRow } from "../model/snapshot.ts";
import { number } from "./format.ts";
import { type Column, SortTable } from "./sort-table.tsx";
import type { ViewProps } from "./view-props.ts";

const COLUMNS: readonly Column<ServerRow>[] = [
  { ...{ key: "name", title: "Job server" }, sortBy: ({ name }) => name, cell: ({ name }) => name },
  {
    ...{ key: "state", title: "State" },
    sortBy: ({ isUp }) => Number(isUp),
    cell: ({ isUp, problem }) =>
      isUp ? (problem ?? "answers") : <span class="mark critical">{problem ?? "away"}</span>,
  },
  { ...{ key: "version", title: "Version" }, cell: ({ version }) => version ?? "–" },
  { ...{ key: "waiting", title: "Waiting", isNumber: true }, cell: ({ waiting }) => number(waiting) },
  { ...{ key: "running", title: "Running", isNumber: true }, cell: ({ running }) => number(running) },
  {
    ...{ key: "connections", title: "Connections", isNumber: true },
    cell: ({ connections }) => number(connections),
  },
];

export function ServersView({ site, route, change }: ViewProps): JSX.Element {
  return (
    <SortTable
      caption="Job servers"
      columns={COLUMNS}
      rows={site.servers}
      keyOf={({ name }) => name}
      sort={route.values.sort ?? ""}
      onSort={(sort) => change({ sort })}
      empty="No job server is known."
      warns={({ isUp }) => !isUp}
    />
  );
}
