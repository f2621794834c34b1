import { cellWidth, cutCells, cutName } from "./cells.ts";
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
import { headline, type Line, printAge, printRate } from "./line.ts";
import { type Alarm, type Row, rowsOf, type ServerModel } from "./model.ts";
import { rowQueryOf } from "./session.ts";
import { sparkline } from "./sparkline.ts";
import { tightTable } from "./tight-table.ts";
import type { TopState } from "./top-state.ts";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const TREND_WIDTH = 20;
const RATE_WIDTH = 8;
const AGE_WIDTH = 7;
const COLOURS = { "no-worker": "red", growing: "yellow" } as const satisfies Record<Alarm, Line["colour"]>;
const MARKS: Record<Alarm, string> = { "no-worker": "!", growing: "+" };
/** Lines kept below the selected row, so that the end of its table is visible. */
const CONTEXT = 2;

/** Below it a sign of cut rows would take the place of what is looked at. */
const ROWS_WITH_SIGNS = 5;

/**
 * Content of the screen: the tables of all servers as the original prints them, or one queue in detail; below them, if
 * switched on by keys, settings and help. Cut to `size`, with signs where something is cut; may have fewer lines than
 * `rows`. Source: tools.md 2.2, T16.
 */
export function screen(state: TopState, size: Size): Line[] {
  const footer = footerLines(state, size.columns).slice(0, size.rows);
  const bodyRows = size.rows - footer.length;
  const { lines, focus, first: wanted = 0 } = bodyLines(state, size.columns);
  const first =
    focus === undefined
      ? Math.max(0, Math.min(wanted, lines.length - bodyRows))
      : Math.max(0, Math.min(focus + CONTEXT, lines.length - 1) - bodyRows + 1);
  const body = withSigns(lines.slice(first, first + bodyRows), first, lines.length);
  while (footer.length > 0 && body.length < bodyRows) body.push({ text: "" });
  return [...body, ...footer].map((line) => ({ ...line, text: cutLine(line.text, size.columns) }));
}

/** Shows that lines are missing above or below. */
function withSigns(body: Line[], first: number, all: number): Line[] {
  const below = all - first - body.length;
  if (body.length < ROWS_WITH_SIGNS) return body;
  if (first > 0) body[0] = { text: ` ^ ${first + 1} more lines` };
  if (below > 0) body[body.length - 1] = { text: ` v ${below + 1} more lines` };
  return body;
}

/** A `>` at the end shows that text is missing; rules only get shorter. */
function cutLine(text: string, columns: number): string {
  if (cellWidth(text.trimEnd()) <= columns || columns < 2 || /^-+$/.test(text))
    return cutCells(text, columns);
  return `${cutCells(text, columns - 1)}>`;
}

interface Body {
  readonly lines: Line[];
  /** Index of the line that must be visible. */
  readonly focus?: number | undefined;
  /** Otherwise: of the one that is the first to be shown. */
  readonly first?: number | undefined;
}

function bodyLines(state: TopState, columns: number): Body {
  const { controls } = state;
  if (controls.details && controls.selected !== undefined) {
    return { lines: detailLines(state, controls.selected), first: controls.scrolled };
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
    lines.push(...tableLines(rows, selectedKey, controls, columns));
  }
  return { lines, focus };
}

/** Where a table is wider than the terminal: short titles and narrow numbers. */
const NARROW = { titles: " |  Wkr |    Wait |     Run", counts: [4, 7, 7], least: 8 } as const;

/** How the columns of a table are printed. */
interface Layout {
  readonly width: number;
  readonly titles: string;
  counts(row: Row): string;
}

/** Undefined: even the narrow one does not fit. */
function layoutOf(rows: readonly Row[], extraWidth: number, columns: number): Layout | undefined {
  const width = rows.reduce((widest, row) => Math.max(widest, cellWidth(row.name)), NAME_WIDTH);
  if (width + RULE_EXTRA - 1 + extraWidth <= columns)
    return { width, titles: COUNT_TITLES, counts: printCounts };
  const counts = (row: Row): string =>
    [row.workers, row.waiting, row.running]
      .map((number, at) => ` | ${String(number).padStart(NARROW.counts[at] ?? 0)}`)
      .join("");
  const left = columns - NARROW.titles.length - 2 - extraWidth;
  if (left < NARROW.least) return undefined;
  return {
    width: Math.min(width, left),
    titles: NARROW.titles,
    counts: (row) => `${counts(row)} `,
  };
}

function tableLines(
  rows: readonly Row[],
  selectedKey: string | undefined,
  controls: Controls,
  columns: number,
): Line[] {
  const rates = controls.rates ? ` | ${"In/s".padStart(RATE_WIDTH)} | ${"Out/s".padStart(RATE_WIDTH)}` : "";
  const oldest = controls.oldest ? ` | ${"Oldest".padStart(AGE_WIDTH)}` : "";
  const trend = controls.trend ? ` | ${"Waiting".padEnd(TREND_WIDTH)}` : "";
  const extra = `${rates}${oldest}${trend}`;
  const layout = layoutOf(rows, extra.length, columns);
  if (layout === undefined) return tightLines(rows, selectedKey, controls, columns);
  const { width, titles } = layout;
  const title = ` ${cutName(NAME_TITLE, width)}${titles}${extra}`;
  const rule = { text: "-".repeat(width + titles.length + RULE_EXTRA - COUNT_TITLES.length + extra.length) };
  const table = rows.map((row) => rowLine(row, layout, row.key === selectedKey, controls));
  if (rows.length === 0) table.push({ text: `${" ".repeat(width + NO_QUEUES_INDENT)}${NO_QUEUES}` });
  return [{ text: title }, rule, ...table, rule];
}

function tightLines(
  rows: readonly Row[],
  selectedKey: string | undefined,
  controls: Controls,
  columns: number,
): Line[] {
  const { title, rule, row: textOf } = tightTable(rows, controls, columns);
  const lines = rows.map((row): Line => {
    const alarm = controls.highlight ? row.alarm : undefined;
    const text = textOf(row, alarm === undefined ? " " : MARKS[alarm]);
    const marked = row.key === selectedKey ? text.replace(/^ /, ">") : text;
    return alarm !== undefined && controls.colours
      ? { text: marked, colour: COLOURS[alarm] }
      : { text: marked };
  });
  if (rows.length === 0) lines.push({ text: ` ${NO_QUEUES}` });
  return [{ text: title }, { text: rule }, ...lines, { text: rule }];
}

function rowLine(row: Row, layout: Layout, isSelected: boolean, controls: Controls): Line {
  const { alarm } = row;
  const shown = controls.highlight ? alarm : undefined;
  const counts = layout.counts(row);
  const marked = shown === undefined ? counts : counts.slice(0, -1) + MARKS[shown];
  const rates = [row.rates?.arrived, row.rates?.finished].map((rate) => printRate(rate).padStart(RATE_WIDTH));
  const extra = [
    ...(controls.rates ? rates : []),
    ...(controls.oldest ? [printAge(row.oldestSeconds).padStart(AGE_WIDTH)] : []),
    ...(controls.trend ? [sparkline(row.trend, TREND_WIDTH)] : []),
  ];
  const tail = extra.map((one) => ` | ${one}`).join("");
  const text = `${isSelected ? ">" : " "}${cutName(row.name, layout.width)}${marked}${tail}`;
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

const EXACT_RATES = "In/s added, Out/s given to workers";
const LEAST_RATES = "In/s and Out/s at least, - unknown";

/** Whether a server says what its queues carried. */
function isExact(model: ServerModel): boolean {
  const rows = rowsOf(model, { hideEmpty: false, filter: "", sort: "name", reverse: false });
  return rows.length > 0 && rows.every(({ rates }) => rates?.isExact === true);
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
  if (controls.rates) parts.push(servers.every(isExact) ? EXACT_RATES : LEAST_RATES);
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
