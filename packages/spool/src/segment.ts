import { type Disk, errnoOf, FILE_MODE, openSpoolFile, removeFile, writeAll } from "./disk.ts";
import { NOTE_BYTES, type NoteKind, type Notes, noteOf, scanNotes } from "./notes.ts";
import { RECORD_HEADER_BYTES, readRecord, recordHeader, SEGMENT_MAGIC } from "./record.ts";
import { scanSegment } from "./scan.ts";

/** A record read back. The buffer belongs to the reader; it may share memory with its neighbours. */
export interface SpooledRecord {
  /** Rises from record to record; good until the spool is closed. */
  readonly id: number;
  readonly record: Buffer;
}

/** Room a segment takes before its first record. */
export const SEGMENT_BYTES: number = SEGMENT_MAGIC.length;
/** Room a record takes besides its own bytes: header, and the note that it is done. */
export const RECORD_OVERHEAD_BYTES: number = RECORD_HEADER_BYTES + NOTE_BYTES;

/** Bytes of a segment that are not a record, or no longer one. */
export interface Damage {
  /** Views; good until the callback returns. */
  readonly parts: readonly Buffer[];
  /** Records lost, at least. */
  readonly records: number;
  /** Whether they were the last bytes of the file, which are cut off. */
  readonly isEnd: boolean;
}

const READ_BYTES = 1 << 20;

/** One file of records with a file of notes beside it which of them are done. Internal to the package. */
export class Segment {
  readonly path: string;
  /** The id of its first record; those of the next ones follow. */
  readonly firstId: number;
  readonly #disk: Disk;
  /** Where the records start, and the damaged bytes between them, which are done from the start. */
  readonly #offsets: number[];
  readonly #done: Set<number>;
  #end: number;
  #oldest = 0; // every record before this index is done
  #sealed = false;
  #writer: number | undefined;
  #reader: number | undefined;
  #notes: number | undefined;
  #notesEnd = 0;

  private constructor(disk: Disk, path: string, firstId: number, offsets: number[], end: number) {
    this.#disk = disk;
    this.path = path;
    this.firstId = firstId;
    this.#offsets = offsets;
    this.#end = end;
    this.#done = new Set();
  }

  /** A new, empty file. @throws the system's error, nothing is left behind then */
  static create(disk: Disk, path: string, firstId: number): Segment {
    disk.writeFileSync(notesPath(path), "", { mode: FILE_MODE, flag: "wx" });
    const segment = new Segment(disk, path, firstId, [], SEGMENT_MAGIC.length);
    try {
      segment.#writer = openSpoolFile(disk, path, "create");
      writeAll(disk, segment.#writer, [SEGMENT_MAGIC]);
    } catch (error) {
      segment.remove();
      throw error;
    }
    return segment;
  }

  /**
   * A file of an earlier run. `undefined` if it neither starts as a segment nor holds a record.
   *
   * @param onDamage called for damaged bytes found for the first time, before they are cut off or passed over
   * @throws the system's error, e.g. ELOOP for a symbolic link
   */
  static open(
    disk: Disk,
    path: string,
    firstId: number,
    onDamage: (damage: Damage) => void,
  ): Segment | undefined {
    const bytes = readRegular(disk, path);
    const { offsets, damaged, end } = scanSegment(bytes);
    if (end === 0 && bytes.length >= SEGMENT_MAGIC.length) return undefined;
    const segment = new Segment(disk, path, firstId, offsets, end);
    const noteBytes = readNotes(disk, path);
    segment.#notesEnd = noteBytes.length - (noteBytes.length % NOTE_BYTES);
    const notes = scanNotes(noteBytes);
    segment.#markDone(notes, damaged[0] ?? offsets.length);
    segment.#skipDamaged(bytes, damaged, notes, onDamage);
    segment.#skipDone();
    if (end > 0 && end < bytes.length) {
      onDamage({ parts: [bytes.subarray(end)], records: 1, isEnd: true });
      segment.#cut();
    }
    return segment;
  }

  /** Records that are not done. */
  get length(): number {
    return this.#offsets.length - this.#done.size;
  }

  /** Records ever put in. */
  get count(): number {
    return this.#offsets.length;
  }

  /** Room taken, the notes for all its records included. */
  get bytes(): number {
    return this.#end + this.#offsets.length * NOTE_BYTES;
  }

  /** A damaged segment, and one in whose file something may stand behind the last good record, takes no more. */
  get sealed(): boolean {
    return this.#sealed;
  }

  /** Take no more records. */
  seal(): void {
    this.#sealed = true;
  }

  /** Add a record. @throws the system's error; the file is as before then, or sealed */
  append(record: Buffer): void {
    this.#writer ??= openSpoolFile(this.#disk, this.path, "append");
    try {
      writeAll(this.#disk, this.#writer, [recordHeader(record), record]);
    } catch (error) {
      this.#cut();
      throw error;
    }
    this.#offsets.push(this.#end);
    this.#end += RECORD_HEADER_BYTES + record.length;
  }

  /** Have the records on the disk itself. @throws the system's error */
  sync(): void {
    if (this.#writer !== undefined) this.#disk.fdatasyncSync(this.#writer);
  }

  /**
   * The oldest records that are not done, `max` or about `maxBytes`, with ids above `after`. Records that are no longer what was
   * written are named in `lost`, with their bytes. @throws the system's error when the file cannot be opened or read
   */
  read(max: number, after: number, maxBytes: number): { records: SpooledRecord[]; lost: SpooledRecord[] } {
    const records: SpooledRecord[] = [];
    const lost: SpooledRecord[] = [];
    const wanted = this.#waiting(max, after, maxBytes);
    while (records.length + lost.length < wanted.length) {
      const { start, bytes, indexes } = this.#readRun(wanted, records.length + lost.length);
      for (const index of indexes) {
        const id = this.firstId + index;
        const at = this.#startOf(index) - start;
        const record = readRecord(bytes, at);
        if (record === undefined)
          lost.push({ id, record: bytes.subarray(at, this.#startOf(index + 1) - start) });
        else records.push({ id, record });
      }
    }
    return { records, lost };
  }

  /** Note what became of record `id`. @throws the system's error; then the note is in memory only */
  acknowledge(id: number, kind: NoteKind): void {
    const index = id - this.firstId;
    if (!Number.isSafeInteger(index) || index < 0 || index >= this.count || this.#done.has(index)) return;
    this.#done.add(index);
    this.#skipDone();
    this.#note(index, kind);
  }

  /** Remove both files; first the records, for notes without records harm nobody. `false` when one is still there. */
  remove(): boolean {
    this.close();
    const gone = removeFile(this.#disk, this.path);
    return removeFile(this.#disk, notesPath(this.path)) && gone;
  }

  close(): void {
    for (const fd of [this.#writer, this.#reader, this.#notes])
      if (fd !== undefined) this.#disk.closeSync(fd);
    this.#writer = undefined;
    this.#reader = undefined;
    this.#notes = undefined;
  }

  /** Indexes of the oldest records that are not done and have ids above `after`: `max`, or about `maxBytes`. */
  #waiting(max: number, after: number, maxBytes: number): number[] {
    const indexes: number[] = [];
    let bytes = 0;
    for (let at = Math.max(this.#oldest, after + 1 - this.firstId); at < this.count; at++) {
      if (indexes.length >= max || bytes >= maxBytes) break;
      if (this.#done.has(at)) continue;
      indexes.push(at);
      bytes += this.#startOf(at + 1) - this.#startOf(at);
    }
    return indexes;
  }

  /** Read from the `from`th of `wanted` on: at least that record, else as many as fit one read. */
  #readRun(wanted: readonly number[], from: number): { start: number; bytes: Buffer; indexes: number[] } {
    const start = this.#startOf(wanted[from] ?? 0);
    let to = from + 1;
    while (to < wanted.length && this.#startOf((wanted[to] ?? 0) + 1) - start <= READ_BYTES) to++;
    const indexes = wanted.slice(from, to);
    const bytes = Buffer.allocUnsafe(this.#startOf((indexes.at(-1) ?? 0) + 1) - start);
    this.#reader ??= openSpoolFile(this.#disk, this.path, "read");
    for (let filled = 0; filled < bytes.length; ) {
      const got = this.#disk.readSync(this.#reader, bytes, filled, bytes.length - filled, start + filled);
      if (got === 0) bytes.fill(0, filled); // somebody cut the file: what is missing is lost, told by its checksum
      filled = got === 0 ? bytes.length : filled + got;
    }
    return { start, bytes, indexes };
  }

  /** Where record `index` starts; for the one behind the last, where that will. */
  #startOf(index: number): number {
    return this.#offsets[index] ?? this.#end;
  }

  #note(index: number, kind: NoteKind): void {
    if (this.#notes === undefined) {
      this.#notes = openSpoolFile(this.#disk, notesPath(this.path), "appendOrCreate");
      this.#disk.ftruncateSync(this.#notes, this.#notesEnd);
    }
    try {
      writeAll(this.#disk, this.#notes, [noteOf(kind, this.#startOf(index))]);
      this.#notesEnd += NOTE_BYTES;
    } catch (error) {
      this.#disk.ftruncateSync(this.#notes, this.#notesEnd);
      throw error;
    }
  }

  /** @param countable how many records from the first on are where they were written */
  #markDone({ done, doneNumbers }: Notes, countable: number): void {
    this.#offsets.forEach((offset, index) => {
      if (done.has(offset) || (index < countable && doneNumbers.has(index + 1))) this.#done.add(index);
    });
  }

  /** Pass over damaged bytes. Those that an earlier run has not reported are reported and noted. */
  #skipDamaged(
    bytes: Buffer,
    damaged: readonly number[],
    { lost }: Notes,
    onDamage: (damage: Damage) => void,
  ): void {
    if (damaged.length === 0) return;
    this.#sealed = true;
    const found = damaged.filter((index) => !lost.has(this.#startOf(index)) && !this.#wasDone(bytes, index));
    for (const index of damaged) this.#done.add(index);
    if (found.length === 0) return;
    const parts = found.map((index) => bytes.subarray(this.#startOf(index), this.#startOf(index + 1)));
    const records = parts.filter(
      ({ byteOffset, length }) => byteOffset > bytes.byteOffset || length > SEGMENT_BYTES,
    );
    onDamage({ parts, records: records.length, isEnd: false });
    try {
      for (const index of found) this.#note(index, "lost");
    } catch {
      // the next run reports it once more
    }
  }

  /** Whether damaged bytes were one record that had been delivered: its length still says so. */
  #wasDone(bytes: Buffer, index: number): boolean {
    const start = this.#startOf(index);
    const size = this.#startOf(index + 1) - start;
    if (!this.#done.has(index) || size < RECORD_HEADER_BYTES) return false;
    return bytes.readUInt32BE(start) + RECORD_HEADER_BYTES === size;
  }

  #skipDone(): void {
    while (this.#done.has(this.#oldest)) this.#oldest++;
  }

  /** Cut off what stands behind the last good record. */
  #cut(): void {
    try {
      this.#writer ??= openSpoolFile(this.#disk, this.path, "append");
      this.#disk.ftruncateSync(this.#writer, this.#end);
    } catch {
      this.#sealed = true;
    }
  }
}

const notesPath = (path: string): string => `${path}.done`;

function readNotes(disk: Disk, path: string): Buffer {
  try {
    return readRegular(disk, notesPath(path));
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}

function readRegular(disk: Disk, path: string): Buffer {
  const fd = openSpoolFile(disk, path, "read");
  try {
    return disk.readFileSync(fd);
  } finally {
    disk.closeSync(fd);
  }
}
