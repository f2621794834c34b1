import type { Change, StoredRow } from "./stored-job.ts";

/**
 * One kind of store. Calls never overlap. Between them a driver may lose its connection: the next `write` makes a
 * new one.
 */
export interface StoreDriver {
  /** For log lines, such as `libsqlite3`. */
  readonly name: string;
  /** @throws StoreError CANNOT_OPEN, IN_USE, MISSING_DRIVER */
  open(): Promise<void>;
  /**
   * Hands out every stored job, in the order of the store.
   *
   * @throws StoreError CANNOT_OPEN, UNAVAILABLE
   */
  replay(add: (row: StoredRow) => void): Promise<void>;
  /**
   * Makes all changes in one transaction, at most one for each row, and resolves when they are durable. A row that is added
   * replaces one with its name; one that is removed may be missing.
   *
   * @throws StoreError UNAVAILABLE: try again; REFUSED: one of the changes can never be made, and none was
   */
  write(changes: readonly Change[]): Promise<void>;
  close(): Promise<void>;
}
