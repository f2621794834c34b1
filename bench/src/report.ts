import { median, pairedRatio, type Sample } from "./samples.ts";

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Thousands grouped; decimals only for small numbers. */
function print(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** One table: a row per side, a column per number; medians with the lowest and the highest repetition. */
export function printTable(title: string, sides: Readonly<Record<string, readonly Sample[]>>): void {
  say(`\n${title}\n`);
  const columns = [...new Set(Object.values(sides).flatMap((samples) => Object.keys(samples[0] ?? {})))];
  const cell = (samples: readonly Sample[], column: string): string => {
    if (samples[0]?.[column] === undefined) return "";
    const values = samples.map((sample) => sample[column] ?? Number.NaN);
    const range = `${print(Math.min(...values))} … ${print(Math.max(...values))}`;
    return `${print(median(samples, column))} (${range})`;
  };
  const rows = [
    ["", ...columns],
    ["", ...columns].map(() => "---"),
    ...Object.entries(sides).map(([name, samples]) => [
      name,
      ...columns.map((column) => cell(samples, column)),
    ]),
  ];
  const widths = ["", ...columns].map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  for (const row of rows) say(`| ${row.map((text, at) => text.padEnd(widths[at] ?? 0)).join(" | ")} |`);
}

/** The last line of every script: the ratio of our number to the baseline's. */
export function printRatio(what: string, ours: number, baseline: number, baselineName: string): void {
  say(`ratio ${what}: ${(ours / baseline).toFixed(2)} × ${baselineName}`);
}

/** A ratio for every column that both sides have: the median of the rounds, the middle half of them, how many. */
export function printPairedRatios(
  ours: readonly Sample[],
  baseline: readonly Sample[],
  baselineName: string,
): void {
  for (const column of Object.keys(baseline[0] ?? {})) {
    if (ours[0]?.[column] === undefined) continue;
    const { median: middle, sorted } = pairedRatio(ours, baseline, column);
    const quarter = Math.floor(sorted.length / 4);
    const half = `${sorted.at(quarter)?.toFixed(3)} … ${sorted.at(-1 - quarter)?.toFixed(3)}`;
    say(`ratio ${column}: ${middle.toFixed(3)} × ${baselineName} (${half}, ${sorted.length} pairs)`);
  }
}
