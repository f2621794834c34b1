import { printableBytes } from "@mod-gearman/base";
import type { QueueStatus } from "@mod-gearman/protocol";

/** Least width of the name column. Source: tools.md 2.2. */
export const NAME_WIDTH = 12;
/** Dashes of a rule beyond the width of the name column. */
export const RULE_EXTRA = 51;
/** Blanks before {@link NO_QUEUES} beyond the width of the name column. */
export const NO_QUEUES_INDENT = 25;
export const NO_QUEUES = "no queues found";
export const NAME_TITLE = "Queue Name";
/** Titles of the three number columns, with their separators. */
export const COUNT_TITLES = " | Worker Available | Jobs Waiting | Jobs Running";

export interface ClassicRow {
  /** Any bytes. */
  readonly queue: Buffer;
  readonly workers: number;
  /** Negative if a server counts more running than total jobs. */
  readonly waiting: number;
  readonly running: number;
}

/** Output for one server: its table, or a failure. */
export interface ClassicBlock {
  /** Local time, `YYYY-MM-DD HH:MM:SS`. */
  readonly time: string;
  /** `host:port`, printable. */
  readonly server: string;
  /** Any bytes. */
  readonly version?: Buffer | undefined;
  readonly content: readonly ClassicRow[] | string;
}

/** The rows of an answer in the order of their bytes. Source: tools.md 1. */
export function classicRows(queues: readonly QueueStatus[], hideEmpty: boolean): ClassicRow[] {
  return queues
    .filter((one) => !hideEmpty || one.workers > 0 || one.total > 0)
    .map((one) => ({
      queue: one.queue,
      workers: one.workers,
      waiting: one.total - one.running,
      running: one.running,
    }))
    .sort((a, b) => Buffer.compare(a.queue, b.queue));
}

/**
 * The text of one server, as the C tool prints it with `-b`; the name column is measured in bytes. Ends with a line
 * feed, without escape sequences. Source: tools.md 2.2, T6.
 */
export function printClassic(block: ClassicBlock): Buffer {
  const pieces: Buffer[] = [Buffer.from(`${block.time}  -  ${block.server}`)];
  if (block.version !== undefined) pieces.push(Buffer.from("  -  v"), printableBytes(block.version));
  pieces.push(Buffer.from("\n\n"));
  if (typeof block.content === "string") pieces.push(Buffer.from(` ${block.content}\n\n`));
  else pieces.push(...printTable(block.content));
  return Buffer.concat(pieces);
}

/** The number columns of a row: workers, waiting and running jobs. */
export function printCounts(row: Pick<ClassicRow, "workers" | "waiting" | "running">): string {
  const { workers, waiting, running } = row;
  return ` |${pad(workers, 16)}  |${pad(waiting, 12)}  |${pad(running, 12)} `;
}

/** `YYYY-MM-DD HH:MM:SS` in local time. */
export function printTime(date: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

function printTable(rows: readonly ClassicRow[]): Buffer[] {
  const names = rows.map((row) => printableBytes(row.queue));
  const width = names.reduce((widest, name) => Math.max(widest, name.length), NAME_WIDTH);
  const rule = `${"-".repeat(width + RULE_EXTRA)}\n`;
  const pieces: Buffer[] = [Buffer.from(` ${NAME_TITLE.padEnd(width)}${COUNT_TITLES}\n${rule}`)];
  for (const [at, row] of rows.entries()) {
    const name = names[at] ?? row.queue;
    const fill = " ".repeat(width - name.length);
    pieces.push(Buffer.from(" "), name, Buffer.from(`${fill}${printCounts(row)}\n`));
  }
  if (rows.length === 0) pieces.push(Buffer.from(`${" ".repeat(width + NO_QUEUES_INDENT)}${NO_QUEUES}\n`));
  pieces.push(Buffer.from(rule));
  return pieces;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width);
}
