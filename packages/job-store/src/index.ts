export { createJobStore, type StoreSettings } from "./create-job-store.ts";
export { StoreError, type StoreErrorCode } from "./errors.ts";
export type { GroupCommitOptions } from "./group-commit.ts";
export type { JobStore, StoreHealth } from "./job-store.ts";
export { RowKeys, uniqueOf } from "./row-keys.ts";
export type { RowId, StoredJob } from "./stored-job.ts";
