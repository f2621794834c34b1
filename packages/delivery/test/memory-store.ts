import { decodeJobRecord } from "../src/job-record.ts";
import type { RecordStore } from "../src/record-store.ts";
import { SpooledJobs } from "../src/spooled-jobs.ts";
import type { DrainOptions, StoreAccess } from "../src/store-access.ts";

/** A store in memory, locked while it is open. */
export class MemoryStore implements StoreAccess {
  records: { id: number; record: Buffer }[] = [];
  room = Number.POSITIVE_INFINITY;
  locked = false;
  opened = 0;
  #nextId = 1;

  hasRecords(): boolean {
    return this.records.length > 0;
  }

  keep(record: Buffer): void {
    this.records.push({ id: this.#nextId++, record });
  }

  open(options: DrainOptions): Promise<SpooledJobs> {
    if (this.locked) return Promise.reject(Object.assign(new Error("in use"), { code: "LOCKED" }));
    this.locked = true;
    this.opened++;
    return Promise.resolve(new SpooledJobs({ ...options, store: this.#opened() }));
  }

  #opened(): RecordStore {
    const store = this;
    return {
      get length() {
        return store.records.length;
      },
      get bytes() {
        return store.records.reduce((sum, { record }) => sum + record.length, 0);
      },
      dropped: 0,
      hasRoom: () => store.records.length < store.room,
      resize: () => undefined,
      append: (record) => {
        if (store.records.length >= store.room) return false;
        store.keep(record);
        return true;
      },
      peek: (max, after = -1) => store.records.filter(({ id }) => id > after).slice(0, max),
      acknowledge: (id) => {
        store.records = store.records.filter((one) => one.id !== id);
      },
      close: () => {
        store.locked = false;
      },
    };
  }

  get texts(): (string | undefined)[] {
    return this.records.map(({ record }) => decodeJobRecord(record)?.data.toString());
  }
}
