import type { QueueCounters } from "@mod-gearman/protocol";
import type { Answer, CountersAnswer } from "./answer.ts";
import { type ClassicRow, classicRows } from "./classic.ts";
import { safeText } from "./safe-text.ts";

export const HISTORY_SAMPLES = 60;
/** Limit of queues with a history per server; the rates of further queues are unknown. */
export const HISTORY_QUEUES = 4096;
/** Number of intervals between answers used for rates and backlog growth. */
const RATE_STEPS = 10;

interface Sample {
  /** Milliseconds of a monotonic clock. */
  readonly atMs: number;
  readonly waiting: number;
  readonly running: number;
  /** Absent if the server was not asked, or does not say. */
  readonly counters?: QueueCounters | undefined;
  /** The previous answer is missing: the time since is unknown. */
  readonly afterGap: boolean;
}

/** Oldest first. */
type History = readonly Sample[];

export interface ServerModel {
  /** `host:port`, printable. */
  readonly server: string;
  /** Last known version, also if the server is down now. T6. */
  readonly version?: Buffer | undefined;
  /** Absent before the first answer. */
  readonly answer?: Answer;
  /** By queue name, latin1. */
  readonly histories: ReadonlyMap<string, History>;
}

/** Jobs per second that arrived, and that finished; exact ones count those that were given to workers instead. */
interface Rates {
  readonly arrived: number;
  readonly finished: number;
  /** False: both are the least it can have been. */
  readonly isExact: boolean;
}

export interface Row extends ClassicRow {
  /** Latin1; identifies the row. */
  readonly key: string;
  /** Printable. */
  readonly name: string;
  /** Waiting jobs of the last answers, oldest first. */
  readonly trend: readonly number[];
  /** Undefined if unknown. */
  readonly rates: Rates | undefined;
  /** That the oldest waiting job has waited; undefined if none waits, or the server does not say. */
  readonly oldestSeconds: number | undefined;
  readonly alarm: Alarm | undefined;
}

/** Reason to highlight a queue: it has no worker, or its backlog grows. */
export type Alarm = "no-worker" | "growing";

export const SORT_COLUMNS = ["name", "workers", "waiting", "running", "rate", "oldest"] as const;
export type SortColumn = (typeof SORT_COLUMNS)[number];

export interface RowQuery {
  readonly hideEmpty: boolean;
  /** Part of the name, case-insensitive; empty: all. */
  readonly filter: string;
  readonly sort: SortColumn;
  readonly reverse: boolean;
}

/** Before its first answer. */
export function newServer(server: string): ServerModel {
  return { server, histories: new Map() };
}

/**
 * Adds an answer. Histories are bounded by {@link HISTORY_SAMPLES} and {@link HISTORY_QUEUES}; queues that the server
 * no longer lists are dropped.
 *
 * @param atMs milliseconds of a monotonic clock
 */
export function withAnswer(
  model: ServerModel,
  answer: Answer,
  atMs: number,
  counters?: CountersAnswer | "not asked",
): ServerModel {
  if (answer.kind === "failure") return { ...model, answer };
  const isAfterFailure = model.answer?.kind === "failure";
  const histories = new Map<string, History>();
  for (const { queue, total, running } of answer.queues) {
    if (histories.size === HISTORY_QUEUES) break;
    const key = queue.toString("latin1");
    const before = model.histories.get(key) ?? [];
    const own = typeof counters === "object" ? counters.get(key) : undefined;
    const sample = { atMs, waiting: total - running, running, counters: own, afterGap: isAfterFailure };
    histories.set(key, [...before.slice(1 - HISTORY_SAMPLES), sample]);
  }
  return { server: model.server, answer, histories, version: answer.version ?? model.version };
}

/** Marks a gap in all histories, after a pause. */
export function withGap(model: ServerModel): ServerModel {
  return { ...model, histories: new Map() };
}

/** The selected queues of a server; none if its last answer was a failure. */
export function rowsOf(model: ServerModel, query: RowQuery): Row[] {
  if (model.answer?.kind !== "queues") return [];
  const filter = query.filter.toLowerCase();
  const rows = classicRows(model.answer.queues, query.hideEmpty)
    .map((row) => describe(row, model.histories.get(row.queue.toString("latin1")) ?? []))
    .filter((row) => filter === "" || row.name.toLowerCase().includes(filter));
  return sortRows(rows, query);
}

/** Highest first, except names; equal rows stay in byte order, in which `rows` must be. */
function sortRows(rows: Row[], { sort, reverse }: RowQuery): Row[] {
  const sorted = sort === "name" ? rows : rows.sort((a, b) => measure(b, sort) - measure(a, sort));
  return reverse ? sorted.reverse() : sorted;
}

function measure(row: Row, column: Exclude<SortColumn, "name">): number {
  if (column === "oldest") return row.oldestSeconds ?? -1;
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
    rates: exactRatesOf(recent) ?? ratesOf(recent, row.workers),
    oldestSeconds: recent.at(-1)?.counters?.oldestSeconds,
    alarm: alarmOf(row, recent),
  };
}

function withoutGaps(samples: History): History {
  return samples.slice(
    Math.max(
      0,
      samples.findLastIndex((sample) => sample.afterGap),
    ),
  );
}

/** Rates from the totals of the server, over the last answers that have them; undefined with fewer than two. */
function exactRatesOf(samples: History): Rates | undefined {
  const from = samples.findLastIndex((one, at) => !isContinued(samples[at - 1]?.counters, one.counters));
  const [first, last] = [samples[from], samples.at(-1)];
  if (first?.counters === undefined || last?.counters === undefined || last.atMs <= first.atMs)
    return undefined;
  const [before, now] = [first.counters, last.counters];
  const given = now.grabs - now.requeued - before.grabs + before.requeued;
  const arrived = now.waiting - before.waiting + given + now.dropped - before.dropped;
  const seconds = (last.atMs - first.atMs) / 1000;
  return { arrived: Math.max(0, arrived) / seconds, finished: Math.max(0, given) / seconds, isExact: true };
}

/** Whether totals go on from one answer to the next: those of a server that was restarted, or of a queue that was dropped, begin at 0. */
function isContinued(before: QueueCounters | undefined, now: QueueCounters | undefined): boolean {
  if (before === undefined || now === undefined) return false;
  return now.grabs >= before.grabs && now.requeued >= before.requeued && now.dropped >= before.dropped;
}

/**
 * Rates from the number of jobs, for servers that do not send totals. An increase between two answers counts as arrivals, a
 * decrease as finished jobs; jobs that arrived and finished between two answers are not seen, so both rates are lower
 * bounds. Unknown with fewer than two answers, and while the number does not change although workers take jobs, or may have taken all.
 */
function ratesOf(samples: History, workers: number): Rates | undefined {
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
  const isStill = arrived === 0 && finished === 0;
  if (isStill && workers > 0 && samples.some((one) => one.waiting === 0 || one.running > 0)) return undefined;
  const seconds = (last.atMs - first.atMs) / 1000;
  return { arrived: arrived / seconds, finished: finished / seconds, isExact: false };
}

const GROWTH_SAMPLES = 3;

/** A backlog grows if it is larger than at the start of the interval and at its maximum. */
function alarmOf(row: ClassicRow, samples: History): Alarm | undefined {
  if (row.workers === 0) return "no-worker";
  const waiting = samples.map((sample) => sample.waiting);
  const [first] = waiting;
  if (first === undefined || waiting.length < GROWTH_SAMPLES || row.waiting <= first) return undefined;
  return waiting.every((one) => one <= row.waiting) ? "growing" : undefined;
}
