export const DONE_ENTRY_BYTES = 8;

/** done: the record was delivered. lost: the bytes are damaged and have been reported. */
export type DoneKind = "done" | "lost";

const MARKS: Readonly<Record<DoneKind, number>> = { done: 0x646f6e65, lost: 0x6c6f7374 };

/** Content of the file beside a segment that records which of its records are done. */
export interface DoneFile {
  readonly done: ReadonlySet<number>;
  /** Offsets of damaged bytes that have been reported. */
  readonly lost: ReadonlySet<number>;
  /** Numbers, from 1, of delivered records, as written by earlier releases. */
  readonly doneNumbers: ReadonlySet<number>;
}

/**
 * The entry for the record at `offset` of its segment: the offset, and that combined (XOR) with a mark, both u32be. Unlike
 * a number, an offset stays valid if other bytes of the segment are damaged.
 */
export function doneEntry(kind: DoneKind, offset: number): Buffer {
  const entry = Buffer.allocUnsafe(DONE_ENTRY_BYTES);
  entry.writeUInt32BE(offset, 0);
  entry.writeUInt32BE((offset ^ MARKS[kind]) >>> 0, 4);
  return entry;
}

/** Parses a whole file; torn and damaged entries are ignored. */
export function scanDoneFile(bytes: Buffer): DoneFile {
  const found = { done: new Set<number>(), lost: new Set<number>(), doneNumbers: new Set<number>() };
  for (let at = 0; at + DONE_ENTRY_BYTES <= bytes.length; at += DONE_ENTRY_BYTES) {
    const value = bytes.readUInt32BE(at);
    const mark = (value ^ bytes.readUInt32BE(at + 4)) >>> 0;
    if (mark === MARKS.done) found.done.add(value);
    else if (mark === MARKS.lost) found.lost.add(value);
    else if (mark === 0xffffffff) found.doneNumbers.add(value);
  }
  return found;
}
