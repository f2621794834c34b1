import { GroupCommit, type GroupCommitOptions } from "./group-commit.ts";
import type { JobStore } from "./job-store.ts";
import { SqliteDriver } from "./sqlite/sqlite-driver.ts";
import type { StoreDriver } from "./store-driver.ts";

/** Which store, by gearmand's names of queue types, and how it is reached. */
export type StoreSettings = {
  readonly type: "libsqlite3";
  readonly path: string;
  readonly table: string;
  /** How long another job server on the same file is waited for, milliseconds. */
  readonly lockWaitMs: number;
};

/** A store that is opened by `open`. */
export function createJobStore(settings: StoreSettings, options: GroupCommitOptions = {}): JobStore {
  return new GroupCommit(driverOf(settings), options);
}

function driverOf(settings: StoreSettings): StoreDriver {
  return new SqliteDriver(settings);
}
