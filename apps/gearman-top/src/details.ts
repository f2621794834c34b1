import type { WorkerLine } from "@mod-gearman/protocol";
import { cellWidth, padCells } from "./cells.ts";
import type { RowId } from "./controls.ts";
import { headline, type Line, printAge, printRate } from "./line.ts";
import { HISTORY_SAMPLES, type Row, rowsOf } from "./model.ts";
import { safeText } from "./safe-text.ts";
import { sparkline } from "./sparkline.ts";
import type { TopState } from "./top-state.ts";

const MAX_WORKERS = 1000;
const ALL = { hideEmpty: false, filter: "", sort: "name", reverse: false } as const;

/** Details of one queue: its numbers, the trend of its waiting jobs, its workers. */
export function detailLines(state: TopState, selected: RowId): Line[] {
  const model = state.servers[selected.server];
  if (model === undefined) return [];
  const top = [
    headline(state.time, model),
    "",
    ` Queue ${safeText(Buffer.from(selected.key, "latin1"))}`,
    "",
  ];
  const row = rowsOf(model, ALL).find((one) => one.key === selected.key);
  const numbers =
    row === undefined
      ? [absence(model.answer?.kind === "failure" ? model.answer.message : undefined)]
      : rowText(row);
  return [...top, ...numbers, "", ...workersText(state, selected)].map((text) => ({ text }));
}

function absence(message: string | undefined): string {
  return ` ${message ?? "the server does not know this queue any more"}`;
}

function rowText(row: Row): string[] {
  const { rates } = row;
  const most = row.trend.reduce((highest, one) => Math.max(highest, one), 0);
  const jobs =
    rates === undefined
      ? "unknown"
      : rates.isExact
        ? `${printRate(rates.arrived)} arrived, ${printRate(rates.finished)} given to workers`
        : `at least ${printRate(rates.arrived)} arrived, ${printRate(rates.finished)} finished`;
  return [
    ` Worker Available | ${row.workers}`,
    ` Jobs Waiting     | ${row.waiting}`,
    ` Jobs Running     | ${row.running}`,
    ` Jobs/s           | ${jobs}`,
    ...(row.oldestSeconds === undefined ? [] : [` Oldest waiting   | ${printAge(row.oldestSeconds)}`]),
    ` Waiting, trend   | ${sparkline(row.trend, Math.min(row.trend.length, HISTORY_SAMPLES))} (highest ${most})`,
  ];
}

function workersText({ workers }: TopState, selected: RowId): string[] {
  if (workers === undefined) return [" Workers: waiting for the answer"];
  if (workers.kind === "failure") return [` Workers: ${workers.message}`];
  const here = workers.workers.filter((one) =>
    one.functions.some((name) => name.toString("latin1") === selected.key),
  );
  const shown = here.slice(0, MAX_WORKERS);
  const ids = shown.map((one) => safeText(one.id) || "-");
  const addresses = shown.map((one) => safeText(one.ip));
  const idWidth = widest(ids, "Id");
  const addressWidth = widest(addresses, "Address");
  const lines = shown.map((one, at) => {
    const id = padCells(ids[at] ?? "", idWidth);
    return `   ${id} | ${padCells(addresses[at] ?? "", addressWidth)} | ${otherQueues(one, selected.key)}`;
  });
  if (lines.length > 0)
    lines.unshift(`   ${"Id".padEnd(idWidth)} | ${"Address".padEnd(addressWidth)} | Other queues`);
  return [` Workers: ${here.length}`, ...lines];
}

function otherQueues(worker: WorkerLine, key: string): string {
  const others = worker.functions.filter((name) => name.toString("latin1") !== key);
  return others.length === 0 ? "-" : others.map(safeText).join(" ");
}

function widest(texts: readonly string[], title: string): number {
  return texts.reduce((width, text) => Math.max(width, cellWidth(text)), title.length);
}
