import { bytesOf, fromColumn, numberOf, secondsOf, toBytes } from "./bytes.ts";
import { type Change, idOf, type StoredJob, type StoredRow } from "./stored-job.ts";

// The table of gearmand in a server that speaks SQL. Source: job-server.md 6.2.

/** Rows that one statement adds or removes at most. */
export const ROWS_PER_STATEMENT = 500;

/** Rows of one answer while the table is read. */
export const ROWS_PER_READ = 1000;

/** In the order of {@link valuesOf}. */
export const COLUMNS = "unique_key, function_name, priority, data, when_to_run";

export function valuesOf({ key, function: name, priority, data, whenSeconds }: StoredJob): unknown[] {
  return [toBytes(key), toBytes(name), priority, data, whenSeconds];
}

/** The columns that name a row: unique_key and function_name. */
export function namesOf(change: Change): [Buffer, Buffer] {
  const { key, function: name } = idOf(change);
  return [toBytes(key), toBytes(name)];
}

/** @param row by the names of {@link COLUMNS} */
export function rowOf(row: Readonly<Record<string, unknown>>): StoredRow {
  return {
    function: fromColumn(row.function_name),
    key: fromColumn(row.unique_key),
    priority: numberOf(row.priority),
    whenSeconds: secondsOf(row.when_to_run),
    data: bytesOf(row.data),
  };
}

/** Jobs to add and rows to remove. */
export function separated(changes: readonly Change[]): { adds: StoredJob[]; removes: Change[] } {
  return {
    adds: changes.flatMap((change) => ("add" in change ? [change.add] : [])),
    removes: changes.filter((change) => "remove" in change),
  };
}

/** Parts for one statement each. */
export function* inStatements<T>(rows: readonly T[]): Generator<T[]> {
  for (let at = 0; at < rows.length; at += ROWS_PER_STATEMENT) yield rows.slice(at, at + ROWS_PER_STATEMENT);
}
