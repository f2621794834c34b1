/** A cell of a table. */
export interface Cell {
  readonly text: string;
  /** Code of SGR. */
  readonly colour?: number | undefined;
}

const GAP = "  ";
const LEFT_COLUMNS = 2;
/** A name is not cut shorter than this. */
const LEAST_NAME = 8;
const CUT = "…";

/**
 * Rows with their columns aligned, the first two to the left and the others to the right. On a terminal the first column is cut so that
 * rows fit, and cells may have colours.
 *
 * @param columns of the terminal; undefined: nothing is cut
 */
export function alignColumns(
  rows: readonly (readonly Cell[])[],
  columns: number | undefined,
  hasColours: boolean,
): string {
  const widths: number[] = [];
  for (const row of rows)
    for (const [at, { text }] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, [...text].length);
  const others = widths.slice(1).reduce((sum, width) => sum + width + GAP.length, 0);
  const room = columns === undefined ? Number.POSITIVE_INFINITY : Math.max(columns - others, LEAST_NAME);
  widths[0] = Math.min(widths[0] ?? 0, room);
  return rows
    .map((row) =>
      row
        .map((cell, at) => place(cell, at, widths[at] ?? 0, hasColours))
        .join(GAP)
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join("");
}

function place({ text, colour }: Cell, at: number, width: number, hasColours: boolean): string {
  const all = [...text];
  const shown = all.length > width ? `${all.slice(0, width - 1).join("")}${CUT}` : text;
  const blanks = " ".repeat(Math.max(width - [...shown].length, 0));
  const painted = hasColours && colour !== undefined ? `\x1b[${colour}m${shown}\x1b[0m` : shown;
  return at < LEFT_COLUMNS ? painted + blanks : blanks + painted;
}

const UNITS = ["", "k", "M", "G", "T"];
const STEP = 1024;
const FEW = 10;

/** `12`, `4.1k`, `310M`. */
export function bytesText(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= STEP && unit < UNITS.length - 1) {
    value /= STEP;
    unit += 1;
  }
  return `${unit > 0 && value < FEW ? value.toFixed(1) : Math.round(value)}${UNITS[unit]}`;
}

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/** `59s`, `12m`, `3h`, `9d`. */
export function ageText(seconds: number): string {
  if (seconds < 2 * MINUTE) return `${seconds}s`;
  if (seconds < 2 * HOUR) return `${Math.floor(seconds / MINUTE)}m`;
  return seconds < 2 * DAY ? `${Math.floor(seconds / HOUR)}h` : `${Math.floor(seconds / DAY)}d`;
}
