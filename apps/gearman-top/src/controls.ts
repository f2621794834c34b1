import type { KeyPress } from "./keys.ts";
import { SORT_COLUMNS, type SortColumn } from "./model.ts";

export interface RowId {
  /** Position of its server, from 0. */
  readonly server: number;
  /** Name of the queue, latin1. */
  readonly key: string;
}

export interface Controls {
  readonly help: boolean;
  readonly sort: SortColumn;
  readonly reverse: boolean;
  readonly filter: string;
  /** True while keys edit the filter. */
  readonly isEditing: boolean;
  readonly highlight: boolean;
  readonly colours: boolean;
  readonly trend: boolean;
  readonly rates: boolean;
  /** Age of the oldest waiting job of each queue. */
  readonly oldest: boolean;
  readonly paused: boolean;
  readonly selected: RowId | undefined;
  /** True: the selected queue is shown instead of the tables. */
  readonly details: boolean;
  /** First line of the details that is shown. */
  readonly scrolled: number;
}

/** Whether something is shown for which the counters of servers are needed. */
export function needsCounters({ rates, oldest, details, sort }: Controls): boolean {
  return rates || oldest || details || sort === "rate" || sort === "oldest";
}

export const KEY_HELP = [
  ["q Q ^C", "quit"],
  ["Esc", "back, quit"],
  ["s", "sort column"],
  ["r", "reverse"],
  ["/", "filter"],
  ["h", "highlight"],
  ["c", "colours"],
  ["t", "trend"],
  ["j", "jobs/s"],
  ["o", "oldest"],
  ["Up Down", "select"],
  ["PgUp PgDn", "scroll"],
  ["Enter", "details"],
  ["p", "pause"],
  ["?", "help"],
] as const;

const MAX_FILTER = 100;
const PAGE = 10;

/** Initial state: the screen of the original. With `colours` queues are highlighted. */
export function initialControls(colours: boolean): Controls {
  return {
    help: false,
    sort: "name",
    reverse: false,
    filter: "",
    isEditing: false,
    highlight: colours,
    colours,
    trend: false,
    rates: false,
    oldest: false,
    paused: false,
    selected: undefined,
    details: false,
    scrolled: 0,
  };
}

/**
 * @param rows selectable rows from top to bottom; called only by keys that need them
 * @param detailLines number of lines of the details; the same
 */
export function press(
  controls: Controls,
  key: KeyPress,
  rows: () => readonly RowId[],
  detailLines: () => number = () => 0,
): Controls | "quit" {
  if (key.name === "interrupt") return "quit";
  if (controls.isEditing) return edit(controls, key);
  if (key.name === "char") return command(controls, key.char);
  switch (key.name) {
    case "escape":
      return back(controls);
    case "enter":
      return toggleDetails(controls, rows);
    case "backspace":
      return { ...controls, details: false };
    default:
      return controls.details && (key.name === "pageUp" || key.name === "pageDown")
        ? scroll(controls, key.name, detailLines())
        : select(controls, key.name, rows());
  }
}

/** Escape closes what lies on top; the program ends if nothing does. */
function back(controls: Controls): Controls | "quit" {
  if (controls.help) return { ...controls, help: false };
  return controls.details ? { ...controls, details: false } : "quit";
}

function scroll(controls: Controls, move: "pageUp" | "pageDown", lines: number): Controls {
  const scrolled = Math.min(Math.max(controls.scrolled + STEPS[move](lines), 0), Math.max(0, lines - 1));
  return scrolled === controls.scrolled ? controls : { ...controls, scrolled };
}

function edit(controls: Controls, key: KeyPress): Controls {
  switch (key.name) {
    case "char":
      return { ...controls, filter: (controls.filter + key.char).slice(0, MAX_FILTER) };
    case "backspace":
      if (controls.filter === "") return { ...controls, isEditing: false };
      return { ...controls, filter: [...controls.filter].slice(0, -1).join("") };
    case "enter":
      return { ...controls, isEditing: false };
    case "escape":
      return { ...controls, isEditing: false, filter: "" };
    default:
      return controls;
  }
}

function command(controls: Controls, char: string): Controls | "quit" {
  switch (char) {
    case "q":
    case "Q":
      return "quit";
    case "?":
      return { ...controls, help: !controls.help };
    case "s":
      return { ...controls, sort: nextColumn(controls.sort), reverse: false };
    case "r":
      return { ...controls, reverse: !controls.reverse };
    case "/":
      return { ...controls, isEditing: true, details: false };
    case "h":
      return { ...controls, highlight: !controls.highlight };
    case "c":
      return { ...controls, colours: !controls.colours };
    case "t":
      return { ...controls, trend: !controls.trend };
    case "j":
      return { ...controls, rates: !controls.rates };
    case "o":
      return { ...controls, oldest: !controls.oldest };
    case "p":
      return { ...controls, paused: !controls.paused };
    default:
      return controls;
  }
}

function nextColumn(column: SortColumn): SortColumn {
  return SORT_COLUMNS[(SORT_COLUMNS.indexOf(column) + 1) % SORT_COLUMNS.length] ?? "name";
}

function toggleDetails(controls: Controls, rows: () => readonly RowId[]): Controls {
  if (controls.details) return { ...controls, details: false };
  const selected = controls.selected ?? rows()[0];
  return selected === undefined ? controls : { ...controls, selected, details: true, scrolled: 0 };
}

type Move = "up" | "down" | "pageUp" | "pageDown" | "home" | "end";

function select(controls: Controls, move: Move, rows: readonly RowId[]): Controls {
  const { selected } = controls;
  const at = rows.findIndex((row) => row.server === selected?.server && row.key === selected.key);
  const target = at === -1 ? entryOf(move, rows.length) : at + STEPS[move](rows.length);
  const row = rows[Math.min(Math.max(target, 0), rows.length - 1)];
  return row === undefined ? controls : { ...controls, selected: row, scrolled: 0 };
}

const STEPS: Record<Move, (rows: number) => number> = {
  up: () => -1,
  down: () => 1,
  pageUp: () => -PAGE,
  pageDown: () => PAGE,
  home: (rows) => -rows,
  end: (rows) => rows,
};

/** Index of the first selection. */
function entryOf(move: Move, rows: number): number {
  return move === "up" || move === "end" ? rows - 1 : 0;
}
