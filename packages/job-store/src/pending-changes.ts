import type { Change, RowId } from "./stored-job.ts";
import { idOf } from "./stored-job.ts";

/** What a row costs besides its names and its workload, as a bound of memory. */
const ROW_BYTES = 200;

export type OnDone = (isStored: boolean) => void;

/** A change that is not committed. */
export interface PendingChange {
  change: Change;
  bytes: number;
  /** Since when its caller waits, monotonic. */
  sinceMs: number;
  /** Undefined: nothing waits for it any more. */
  onDone: OnDone | undefined;
  /** It was in a transaction whose outcome is unknown. */
  wasTried: boolean;
}

/** The newest change of each row, in the order of their arrival. */
export class PendingChanges {
  readonly #byRow = new Map<string, PendingChange>();
  #bytes = 0;

  get size(): number {
    return this.#byRow.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  [Symbol.iterator](): IterableIterator<PendingChange> {
    return this.#byRow.values();
  }

  has(row: RowId): boolean {
    return this.#byRow.has(nameOf(row));
  }

  /** A newer change of a row takes the place of an older one, and of its answer too. */
  put(change: Change, sinceMs: number, onDone: OnDone | undefined): void {
    const bytes = bytesOf(change);
    const name = nameOf(idOf(change));
    const older = this.#byRow.get(name);
    this.#bytes += bytes - (older?.bytes ?? 0);
    if (older === undefined) this.#byRow.set(name, { change, bytes, sinceMs, onDone, wasTried: false });
    else {
      older.change = change;
      older.bytes = bytes;
      older.onDone = both(older.onDone, onDone);
    }
  }

  /** A change that failed; one of the same row that has come meanwhile stays, and answers for it. */
  putBack(entry: PendingChange): void {
    const name = nameOf(idOf(entry.change));
    const newer = this.#byRow.get(name);
    if (newer === undefined) {
      this.#byRow.set(name, entry);
      this.#bytes += entry.bytes;
    } else {
      newer.onDone = both(entry.onDone, newer.onDone);
      newer.sinceMs = Math.min(newer.sinceMs, entry.sinceMs);
      newer.wasTried = true;
    }
  }

  /** Takes the oldest changes: at least one, and no more than these limits. */
  take(maxChanges: number, maxBytes: number): PendingChange[] {
    const taken: PendingChange[] = [];
    let bytes = 0;
    for (const [name, entry] of this.#byRow) {
      bytes += entry.bytes;
      if (taken.length > 0 && (bytes > maxBytes || taken.length >= maxChanges)) break;
      taken.push(entry);
      this.#byRow.delete(name);
      this.#bytes -= entry.bytes;
    }
    return taken;
  }

  delete({ change, bytes }: PendingChange): void {
    if (this.#byRow.delete(nameOf(idOf(change)))) this.#bytes -= bytes;
  }
}

export function bytesOf(change: Change): number {
  const { function: name, key } = idOf(change);
  return ROW_BYTES + name.length + key.length + ("add" in change ? change.add.data.length : 0);
}

function nameOf({ function: name, key }: RowId): string {
  return `${name}\0${key}`;
}

function both(one: OnDone | undefined, other: OnDone | undefined): OnDone | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return (isStored) => {
    one(isStored);
    other(isStored);
  };
}
