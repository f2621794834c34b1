import { cellWidth, cutName } from "./cells.ts";
import { NAME_TITLE, NAME_WIDTH } from "./classic.ts";
import type { Controls } from "./controls.ts";
import { printAge, printRate } from "./line.ts";
import type { Row } from "./model.ts";
import { sparkline } from "./sparkline.ts";

/** Of names, also where even that is too much. */
const LEAST_NAME = 8;
const TREND_WIDTH = 8;

interface Column {
  readonly title: string;
  cell(row: Row): string;
}

/** A table whose columns are as wide as what is in them, with blanks between. */
export interface TightTable {
  readonly title: string;
  readonly rule: string;
  /** @param mark one character behind the name */
  row(row: Row, mark: string): string;
}

/** For terminals that are too narrow for the usual columns. Each line begins with a blank. */
export function tightTable(rows: readonly Row[], controls: Controls, columns: number): TightTable {
  const shown = columnsOf(controls).map((column) => ({
    ...column,
    width: Math.max(column.title.length, ...rows.map((row) => column.cell(row).length)),
  }));
  const taken = shown.reduce((sum, { width }) => sum + width + 1, 2);
  const longest = rows.reduce((widest, { name }) => Math.max(widest, cellWidth(name)), NAME_WIDTH);
  const nameWidth = Math.min(longest, Math.max(columns - taken, LEAST_NAME));
  const line = (name: string, mark: string, text: (column: Column) => string): string =>
    ` ${cutName(name, nameWidth)}${mark}${shown.map((one) => ` ${text(one).padStart(one.width)}`).join("")}`;
  const title = line(NAME_TITLE, " ", (column) => column.title);
  return {
    title,
    rule: "-".repeat(cellWidth(title)),
    row: (row, mark) => line(row.name, mark, (column) => column.cell(row)),
  };
}

function columnsOf({ rates, oldest, trend }: Controls): Column[] {
  return [
    { title: "Wkr", cell: ({ workers }) => String(workers) },
    { title: "Wait", cell: ({ waiting }) => String(waiting) },
    { title: "Run", cell: ({ running }) => String(running) },
    ...(rates ? RATES : []),
    ...(oldest ? [{ title: "Age", cell: ({ oldestSeconds }: Row) => printAge(oldestSeconds) }] : []),
    ...(trend ? [{ title: "Trend", cell: (row: Row) => sparkline(row.trend, TREND_WIDTH) }] : []),
  ];
}

const RATES: readonly Column[] = [
  { title: "In/s", cell: ({ rates }) => printRate(rates?.arrived) },
  { title: "Out/s", cell: ({ rates }) => printRate(rates?.finished) },
];
