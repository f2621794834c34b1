import type { JobStore, RowId, StoredJob, StoreHealth } from "@mod-gearman/job-store";

/** A store whose commits the test makes, or refuses. */
export class ManualStore implements JobStore {
  /** By function and key. */
  readonly rows = new Map<string, StoredJob>();
  found: StoredJob[] = [];
  isClosed = false;
  #pending: (() => void)[] = [];
  #onAdd: (() => void) | undefined;
  isGood = true;

  async open(replay: (job: StoredJob) => void): Promise<void> {
    for (const job of this.found) {
      this.rows.set(`${job.function}/${job.key}`, job);
      replay(job);
    }
  }

  add(job: StoredJob, onDone: (isStored: boolean) => void): void {
    this.#pending.push(() => {
      if (this.isGood) this.rows.set(`${job.function}/${job.key}`, job);
      onDone(this.isGood);
    });
    this.#onAdd?.();
  }

  remove(row: RowId): void {
    this.#pending.push(() => this.rows.delete(`${row.function}/${row.key}`));
  }

  health(): StoreHealth {
    const none = { pendingBytes: 0, commits: 0, changes: 0, failures: 0, refused: 0 };
    return { isRefusing: !this.isGood, reason: undefined, pending: this.#pending.length, ...none };
  }

  async close(): Promise<void> {
    this.commit();
    this.isClosed = true;
  }

  commit(): void {
    for (const change of this.#pending.splice(0)) change();
  }

  /** Resolves when so many changes are pending. */
  async pending(count: number): Promise<void> {
    while (this.#pending.length < count) await new Promise<void>((resolve) => (this.#onAdd = resolve));
  }
}
