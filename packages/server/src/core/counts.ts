/**
 * Why a job is dropped, or a request for one refused. `count`, `bytes`, `age`: a limit of its function; `total-bytes`: the
 * limit of all functions together; `retries`: too many workers have lost it; `purge`, `cancel`: on request.
 */
export type DropReason = "count" | "bytes" | "age" | "total-bytes" | "retries" | "purge" | "cancel";

export const DROP_REASONS: readonly DropReason[] = [
  "count",
  "bytes",
  "age",
  "total-bytes",
  "retries",
  "purge",
  "cancel",
];

export type DropCounts = Readonly<Record<DropReason, number>>;

/** Shared by all functions that have dropped nothing. */
const NO_DROPS: DropCounts = {
  ...{ count: 0, bytes: 0, age: 0, "total-bytes": 0 },
  ...{ retries: 0, purge: 0, cancel: 0 },
};

/** What happened to the jobs of a function, or of the whole server, since its creation. */
export class Counts {
  /** Jobs given to workers. */
  grabs = 0;
  /** Requests that joined another job. */
  coalesced = 0;
  /** Jobs lost by workers and queued again. */
  requeued = 0;
  /** Jobs that were moved to another function. */
  moved = 0;
  /** Jobs that were accepted and then dropped. */
  dropped: DropCounts = NO_DROPS;
  /** Requests that were refused. */
  rejected: DropCounts = NO_DROPS;

  drop(reason: DropReason): void {
    this.dropped = oneMore(this.dropped, reason);
  }

  reject(reason: DropReason): void {
    this.rejected = oneMore(this.rejected, reason);
  }
}

function oneMore(counts: DropCounts, reason: DropReason): DropCounts {
  return { ...counts, [reason]: counts[reason] + 1 };
}
