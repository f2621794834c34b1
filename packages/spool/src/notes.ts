/** Size of a note about one record. */
export const NOTE_BYTES = 8;

/** What a note says about a record: delivered, or found damaged and reported. */
export type NoteKind = "done" | "lost";

const MARKS: Readonly<Record<NoteKind, number>> = { done: 0x646f6e65, lost: 0x6c6f7374 };

/** What the notes beside a segment say. */
export interface Notes {
  /** Offsets of records that were delivered. */
  readonly done: ReadonlySet<number>;
  /** Offsets of damaged bytes that have been reported. */
  readonly lost: ReadonlySet<number>;
  /** Numbers, from 1, of records that were delivered: how earlier releases named them. */
  readonly doneNumbers: ReadonlySet<number>;
}

/**
 * The note about the record at `offset` of its segment: the offset, and that combined with a mark, both u32be. An
 * offset stays right when bytes elsewhere in the segment are damaged; a number does not.
 */
export function noteOf(kind: NoteKind, offset: number): Buffer {
  const note = Buffer.allocUnsafe(NOTE_BYTES);
  note.writeUInt32BE(offset, 0);
  note.writeUInt32BE((offset ^ MARKS[kind]) >>> 0, 4);
  return note;
}

/** The notes in a whole file of them; torn and damaged ones are ignored. */
export function scanNotes(bytes: Buffer): Notes {
  const notes = { done: new Set<number>(), lost: new Set<number>(), doneNumbers: new Set<number>() };
  for (let at = 0; at + NOTE_BYTES <= bytes.length; at += NOTE_BYTES) {
    const value = bytes.readUInt32BE(at);
    const mark = (value ^ bytes.readUInt32BE(at + 4)) >>> 0;
    if (mark === MARKS.done) notes.done.add(value);
    else if (mark === MARKS.lost) notes.lost.add(value);
    else if (mark === 0xffffffff) notes.doneNumbers.add(value);
  }
  return notes;
}
