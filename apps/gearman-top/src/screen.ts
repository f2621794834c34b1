import { cellWidth, cutCells, padCells } from "./cells.ts";
import {
  COUNT_TITLES,
  NAME_TITLE,
  NAME_WIDTH,
  NO_QUEUES,
  NO_QUEUES_INDENT,
  printCounts,
  RULE_EXTRA,
} from "./classic.ts";
import { type Controls, KEY_HELP } from "./controls.ts";
import { detailLines } from "./details.ts";
import { headline, type Line, printRate } from "./line.ts";
import { type Alarm, type Row, rowsOf } from "./model.ts";
import { rowQueryOf, type TopState } from "./session.ts";
import { sparkline } from "./sparkline.ts";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const TREND_WIDTH = 20;
const RATE_WIDTH = 8;
const COLOURS = { "no-worker": "red", growing: "yellow" } as const satisfies Record<Alarm, Line["colour"]>;
const MARKS: Record<Alarm, string> = { "no-worker": "!", growing: "+" };
/** Lines kept below the selected row, so that the end of its table is visible. */
const CONTEXT = 2;

/**
 * Content of the screen: the tables of all servers as the original prints them, or one queue in detail; below them, if
 * switched on by keys, settings and help. Cut to `size`; may have fewer lines than `rows`. Source: tools.md 2.2, T16.
 */
export function screen(state: TopState, size: Size): Line[] {
  const footer = footerLines(state, size.columns).slice(0, size.rows);
  const bodyRows = size.rows - footer.length;
  const { lines, focus } = bodyLines(state);
  const first =
    focus === undefined ? 0 : Math.max(0, Math.min(focus + CONTEXT, lines.length - 1) - bodyRows + 1);
  const body = lines.slice(first, first + bodyRows);
  while (footer.length > 0 && body.length < bodyRows) body.push({ text: "" });
  return [...body, ...footer].map((line) => ({ ...line, text: cutCells(line.text, size.columns) }));
}

/** All lines, and the index of the one that must be visible. */
function bodyLines(state: TopState): { lines: Line[]; focus: number | undefined } {
  const { controls } = state;
  if (controls.details && controls.selected !== undefined) {
    return { lines: detailLines(state, controls.selected), focus: undefined };
  }
  const lines: Line[] = [];
  let focus: number | undefined;
  for (const [server, model] of state.servers.entries()) {
    lines.push({ text: headline(state.time, model) }, { text: "" });
    if (model.answer === undefined) continue;
    if (model.answer.kind === "failure") {
      lines.push({ text: ` ${model.answer.message}` }, { text: "" });
      continue;
    }
    const rows = rowsOf(model, rowQueryOf(state));
    const selectedKey = controls.selected?.server === server ? controls.selected.key : undefined;
    const at = rows.findIndex((row) => row.key === selectedKey);
    if (at !== -1) focus = lines.length + 2 + at;
    lines.push(...tableLines(rows, selectedKey, controls));
  }
  return { lines, focus };
}

function tableLines(rows: readonly Row[], selectedKey: string | undefined, controls: Controls): Line[] {
  const width = rows.reduce((widest, row) => Math.max(widest, cellWidth(row.name)), NAME_WIDTH);
  const rates = controls.rates ? ` | ${"In/s".padStart(RATE_WIDTH)} | ${"Out/s".padStart(RATE_WIDTH)}` : "";
  const trend = controls.trend ? ` | ${"Waiting".padEnd(TREND_WIDTH)}` : "";
  const title = ` ${NAME_TITLE.padEnd(width)}${COUNT_TITLES}${rates}${trend}`;
  const rule = { text: "-".repeat(width + RULE_EXTRA + rates.length + trend.length) };
  const table = rows.map((row) => rowLine(row, width, row.key === selectedKey, controls));
  if (rows.length === 0) table.push({ text: `${" ".repeat(width + NO_QUEUES_INDENT)}${NO_QUEUES}` });
  return [{ text: title }, rule, ...table, rule];
}

function rowLine(row: Row, width: number, isSelected: boolean, controls: Controls): Line {
  const { alarm } = row;
  const shown = controls.highlight ? alarm : undefined;
  const counts = printCounts(row);
  const marked = shown === undefined ? counts : counts.slice(0, -1) + MARKS[shown];
  const rates = [row.rates?.arrived, row.rates?.finished].map((rate) => printRate(rate).padStart(RATE_WIDTH));
  const extra = [
    ...(controls.rates ? rates : []),
    ...(controls.trend ? [sparkline(row.trend, TREND_WIDTH)] : []),
  ];
  const tail = extra.map((one) => ` | ${one}`).join("");
  const text = `${isSelected ? ">" : " "}${padCells(row.name, width)}${marked}${tail}`;
  return shown !== undefined && controls.colours ? { text, colour: COLOURS[shown] } : { text };
}

function footerLines(state: TopState, columns: number): Line[] {
  const lines: Line[] = [];
  const settings = settingsText(state);
  if (settings !== "") lines.push({ text: ` ${settings}` });
  if (state.controls.help)
    lines.push(...helpLines(columns).map((text) => ({ text, isDim: state.controls.colours })));
  return lines;
}

/** Settings that differ from the initial ones; empty if none do. */
function settingsText({ controls, servers, tookMs }: TopState): string {
  const parts: string[] = [];
  if (controls.paused) parts.push("paused");
  if (controls.sort !== "name") parts.push(`sorted by ${controls.sort}`);
  if (controls.reverse) parts.push("reversed");
  if (controls.isEditing || controls.filter !== "") {
    parts.push(`filter: ${controls.filter}${controls.isEditing ? "_" : ""}`);
  }
  if (controls.highlight) parts.push("! no worker, + growing");
  if (controls.rates) parts.push("In/s and Out/s at least, - unknown");
  for (const [at, took] of (tookMs ?? []).entries()) {
    if (took !== undefined) parts.push(`${servers[at]?.server}: ${took.toFixed(1)} ms`);
  }
  return parts.join(" | ");
}

function helpLines(columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const [keys, effect] of KEY_HELP) {
    const entry = ` ${keys}: ${effect} `;
    if (line !== "" && line.length + entry.length > columns) {
      lines.push(line);
      line = "";
    }
    line += entry;
  }
  return [...lines, line];
}
