/** Names a row. Both are latin1 strings of the stored bytes. */
export interface RowId {
  readonly function: string;
  /** The unique key of the job, or a generated one; see {@link RowKeys}. */
  readonly key: string;
}

/** A background job as a store keeps it: the columns of gearmand's tables. Source: job-server.md 6.2. */
export interface StoredJob extends RowId {
  /** 0 high, 1 normal, 2 low. */
  readonly priority: 0 | 1 | 2;
  /** Not executed before this second since 1970; 0 = at once. */
  readonly whenSeconds: number;
  /** The workload. The store reads it until the job has been committed. */
  readonly data: Buffer;
}

/** A row as it is found: its priority may be any number, or NaN. */
export type StoredRow = Omit<StoredJob, "priority"> & { readonly priority: number };

/** One change of a store: a row that is written, or the name of one that is removed. */
export type Change = { readonly add: StoredJob } | { readonly remove: RowId };

const NORMAL = 1;

/** Other priorities than those three are taken as normal (X10). */
export function priorityOf(value: number): 0 | 1 | 2 {
  return value === 0 || value === 2 ? value : NORMAL;
}

/** The row that is changed. */
export function idOf(change: Change): RowId {
  return "add" in change ? change.add : change.remove;
}
