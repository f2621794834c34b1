export interface StoredRecord {
  readonly id: number;
  readonly record: Buffer;
}

/** Keeps jobs while no server accepts them; `Spool` of `@mod-gearman/spool` is one. Its methods do not throw. */
export interface RecordStore {
  readonly length: number;
  /** On disk. */
  readonly bytes: number;
  readonly dropped: number;
  /** Whether `append` would accept a record of that many bytes. */
  hasRoom(recordBytes: number): boolean;
  /** Changes the limit. Stored records are kept. */
  resize(maxBytes: number): void;
  /** @returns false if the record was refused */
  append(record: Buffer): boolean;
  /** The oldest records, at most `max` and about `maxBytes`, with ids above `after`; they stay. */
  peek(max: number, after?: number, maxBytes?: number): readonly StoredRecord[];
  acknowledge(id: number): void;
  close(): void;
}
