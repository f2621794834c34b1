import type { StoreDriver } from "../src/store-driver.ts";
import type { Change, StoredJob, StoredRow } from "../src/stored-job.ts";

/** A driver whose transactions end when the test says so. */
export class FakeDriver implements StoreDriver {
  readonly name = "fake";
  readonly rows = new Map<string, StoredJob>();
  /** Transactions so far, each with the names of its rows; `-` in front of removed ones. */
  readonly transactions: string[][] = [];
  found: StoredRow[] = [];
  isClosed = false;
  /** Called with the changes before they are made; may reject. */
  onWrite: (changes: readonly Change[]) => Promise<void> | void = () => undefined;

  async open(): Promise<void> {}

  async replay(add: (row: StoredRow) => void): Promise<void> {
    for (const row of this.found) add(row);
  }

  async write(changes: readonly Change[]): Promise<void> {
    this.transactions.push(
      changes.map((change) => ("add" in change ? change.add.key : `-${change.remove.key}`)),
    );
    await this.onWrite(changes);
    for (const change of changes) {
      if ("add" in change) this.rows.set(change.add.key, change.add);
      else this.rows.delete(change.remove.key);
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

export function job(key: string, change: Partial<StoredJob> = {}): StoredJob {
  return { function: "f", key, priority: 1, whenSeconds: 0, data: Buffer.from(`data of ${key}`), ...change };
}
