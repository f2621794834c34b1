import type { StoreErrorCode } from "../errors.ts";

/** What the thread is created with. */
export interface SqliteSettings {
  readonly path: string;
  readonly table: string;
  /** How long another job server on the same file is waited for, milliseconds. */
  readonly lockWaitMs: number;
}

/** Requests to the thread, one at a time. */
export type SqliteRequest =
  | { readonly open: true }
  | { readonly rowsAfter: bigint }
  | { readonly write: Uint8Array }
  | { readonly close: true };

/** One row of the table as it is. */
export interface SqliteRow {
  readonly rowid: bigint;
  readonly unique_key: Uint8Array | null;
  readonly function_name: Uint8Array | null;
  readonly priority: bigint | number | string | null | Uint8Array;
  readonly data: Uint8Array | null;
  readonly when_to_run: bigint | number | string | null | Uint8Array;
}

/** The answer to a request. */
export type SqliteAnswer =
  | { readonly done: true }
  | { readonly rows: readonly SqliteRow[] }
  | { readonly failure: StoreErrorCode; readonly text: string };
