import type { Answer } from "./answer.ts";
import { type ClassicRow, classicRows } from "./classic.ts";
import { safeText } from "./safe-text.ts";

/** Answers that are remembered of each queue. */
export const HISTORY_SAMPLES = 60;
/** Queues of one server that have a history; a server with more shows unknown rates for the rest. */
export const HISTORY_QUEUES = 4096;
/** Steps between answers that rates and the growth of a backlog look back at. */
const RATE_STEPS = 10;

/** One answer about one queue. */
interface Sample {
  /** Milliseconds of a clock that never goes back. */
  readonly atMs: number;
  readonly waiting: number;
  readonly running: number;
  /** The answer before this one is missing: nothing is known about the time between. */
  readonly afterGap: boolean;
}

/** Oldest first. */
type History = readonly Sample[];

/** What is known of one server. Immutable. */
export interface ServerModel {
  /** `host:port`, printable. */
  readonly server: string;
  /** The last one heard, also when the server is down now. T6. */
  readonly version?: Buffer;
  /** Absent until the first one. */
  readonly answer?: Answer;
  /** By queue name, latin1. */
  readonly histories: ReadonlyMap<string, History>;
}

/** Jobs per second that came and went at least. */
interface Rates {
  readonly arrived: number;
  readonly finished: number;
}

/** One queue as it can be shown. */
export interface Row extends ClassicRow {
  /** The queue's name, latin1: tells rows apart. */
  readonly key: string;
  /** The name, printable. */
  readonly name: string;
  /** Waiting jobs of the last answers, oldest first. */
  readonly trend: readonly number[];
  /** Undefined when unknown. */
  readonly rates: Rates | undefined;
  readonly alarm: Alarm | undefined;
}

/** Why a queue deserves attention: nobody works on it, or its backlog grows. */
export type Alarm = "no-worker" | "growing";

/** Columns that rows can be sorted by. */
export const SORT_COLUMNS = ["name", "workers", "waiting", "running", "rate"] as const;
export type SortColumn = (typeof SORT_COLUMNS)[number];

/** Which rows are wanted, and in what order. */
export interface Wanted {
  readonly hideEmpty: boolean;
  /** Part of the name, upper and lower case are the same; empty: all. */
  readonly filter: string;
  readonly sort: SortColumn;
  readonly reverse: boolean;
}

/** A server that nothing is known of. */
export function unknownServer(server: string): ServerModel {
  return { server, histories: new Map() };
}

/**
 * Add an answer. Histories are bounded by {@link HISTORY_SAMPLES} and {@link HISTORY_QUEUES}; queues that the server
 * does not name any more are forgotten.
 *
 * @param atMs milliseconds of a clock that never goes back
 */
export function learn(model: ServerModel, answer: Answer, atMs: number): ServerModel {
  if (answer.kind === "failure") return { ...model, answer };
  const isAfterFailure = model.answer?.kind === "failure";
  const histories = new Map<string, History>();
  for (const { queue, total, running } of answer.queues) {
    if (histories.size === HISTORY_QUEUES) break;
    const key = queue.toString("latin1");
    const before = model.histories.get(key) ?? [];
    const sample = { atMs, waiting: total - running, running, afterGap: isAfterFailure };
    histories.set(key, [...before.slice(1 - HISTORY_SAMPLES), sample]);
  }
  const version = answer.version ?? model.version;
  return { server: model.server, answer, histories, ...(version !== undefined && { version }) };
}

/** After a pause: what happened meanwhile is not known. */
export function forgetTime(model: ServerModel): ServerModel {
  return { ...model, histories: new Map() };
}

/** The queues of a server that are wanted; none when its last answer was a failure. */
export function rowsOf(model: ServerModel, wanted: Wanted): Row[] {
  if (model.answer?.kind !== "queues") return [];
  const filter = wanted.filter.toLowerCase();
  const rows = classicRows(model.answer.queues, wanted.hideEmpty)
    .map((row) => describe(row, model.histories.get(row.queue.toString("latin1")) ?? []))
    .filter((row) => filter === "" || row.name.toLowerCase().includes(filter));
  return sortRows(rows, wanted);
}

/** Highest first but for names; equal ones in the order of their bytes. `rows` must be in that order. */
function sortRows(rows: Row[], { sort, reverse }: Wanted): Row[] {
  const sorted = sort === "name" ? rows : rows.sort((a, b) => measure(b, sort) - measure(a, sort));
  return reverse ? sorted.reverse() : sorted;
}

function measure(row: Row, column: Exclude<SortColumn, "name">): number {
  if (column === "rate") return row.rates === undefined ? -1 : row.rates.arrived + row.rates.finished;
  return row[column];
}

function describe(row: ClassicRow, history: History): Row {
  const recent = withoutGaps(history.slice(-RATE_STEPS - 1));
  return {
    ...row,
    key: row.queue.toString("latin1"),
    name: safeText(row.queue),
    trend: history.map((sample) => sample.waiting),
    rates: ratesOf(recent),
    alarm: alarmOf(row, recent),
  };
}

/** The samples since the last gap. */
function withoutGaps(samples: History): History {
  return samples.slice(
    Math.max(
      0,
      samples.findLastIndex((sample) => sample.afterGap),
    ),
  );
}

/**
 * A server tells how many jobs there are, not how many there have been. Each step up of the number of jobs shows as
 * many that arrived, each step down as many that finished; jobs that came and went between two answers are not seen,
 * so both are the least it can have been. Unknown with fewer than two answers, and while jobs run without any step:
 * then as many may come as go.
 */
function ratesOf(samples: History): Rates | undefined {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || last.atMs <= first.atMs) return undefined;
  let arrived = 0;
  let finished = 0;
  let before = first;
  for (const sample of samples) {
    const step = sample.waiting + sample.running - before.waiting - before.running;
    if (step > 0) arrived += step;
    else finished -= step;
    before = sample;
  }
  if (arrived === 0 && finished === 0 && samples.every((sample) => sample.running > 0)) return undefined;
  const seconds = (last.atMs - first.atMs) / 1000;
  return { arrived: arrived / seconds, finished: finished / seconds };
}

const GROWTH_SAMPLES = 3;

/** A backlog grows when it is larger than it was, and as large as it has been in the time looked at. */
function alarmOf(row: ClassicRow, samples: History): Alarm | undefined {
  if (row.workers === 0) return "no-worker";
  const waiting = samples.map((sample) => sample.waiting);
  const [first] = waiting;
  if (first === undefined || waiting.length < GROWTH_SAMPLES || row.waiting <= first) return undefined;
  return waiting.every((one) => one <= row.waiting) ? "growing" : undefined;
}
