export interface StoredRecord {
  /** Increases from record to record. */
  readonly id: number;
  readonly record: Buffer;
}

/** Keeps jobs while no server accepts them; `Spool` of `@mod-gearman/spool` is one. Its methods do not throw. */
export interface RecordStore {
  readonly length: number;
  /** Room taken on disk. */
  readonly bytes: number;
  readonly dropped: number;
  /** Whether `append` would accept a record of that many bytes. */
  hasRoom(recordBytes: number): boolean;
  /** Change the limit in bytes; records that wait stay. */
  resize(maxBytes: number): void;
  /** @returns false if the record could not be kept */
  append(record: Buffer): boolean;
  /** The oldest records, at most `max` and about `maxBytes`, with ids above `after`; they stay. */
  peek(max: number, after?: number, maxBytes?: number): readonly StoredRecord[];
  acknowledge(id: number): void;
  close(): void;
}
