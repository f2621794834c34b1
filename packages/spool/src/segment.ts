import { codeOf } from "@mod-gearman/base";
import { type Disk, FILE_MODE, isMissing, openSpoolFile, removeFile, writeAll } from "./disk.ts";
import { DONE_ENTRY_BYTES, type DoneFile, type DoneKind, doneEntry, scanDoneFile } from "./done-file.ts";
import { RECORD_HEADER_BYTES, readRecord, recordHeader, SEGMENT_MAGIC } from "./record.ts";
import { scanSegment } from "./scan.ts";

/** A record that was read. The receiver owns the buffer, which may share memory with other records. */
export interface SpooledRecord {
  /** Increases from record to record; valid until the spool is closed. */
  readonly id: number;
  readonly record: Buffer;
}

/** Bytes of a segment without records. */
export const SEGMENT_BYTES: number = SEGMENT_MAGIC.length;
/** Bytes of a record besides its data: header and done entry. */
export const RECORD_OVERHEAD_BYTES: number = RECORD_HEADER_BYTES + DONE_ENTRY_BYTES;

/** Bytes of a segment that are not a valid record. */
export interface Damage {
  /** Valid until the callback returns. */
  readonly parts: readonly Buffer[];
  readonly records: number;
  /** Whether they are the end of the file, which is truncated then. */
  readonly isEnd: boolean;
}

const READ_BYTES = 1 << 20;

/** One file of records, and the file beside it that lists the done ones. Internal to the package. */
export class Segment {
  readonly path: string;
  /** Id of its first record; the others follow consecutively. */
  readonly firstId: number;
  readonly #disk: Disk;
  /** Offsets of the records, and of damaged bytes between them, which count as done. */
  readonly #offsets: number[];
  readonly #done: Set<number>;
  #end: number;
  #oldest = 0; // every record before this index is done
  #sealed = false;
  #writer: number | undefined;
  #reader: number | undefined;
  #doneFile: number | undefined;
  #doneFileEnd = 0;

  private constructor(disk: Disk, path: string, firstId: number, offsets: number[], end: number) {
    this.#disk = disk;
    this.path = path;
    this.firstId = firstId;
    this.#offsets = offsets;
    this.#end = end;
    this.#done = new Set();
  }

  /** Creates a new, empty file. @throws the system's error; no file is left then */
  static create(disk: Disk, path: string, firstId: number): Segment {
    disk.writeFileSync(doneFilePath(path), "", { mode: FILE_MODE, flag: "wx" });
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
   * Opens a file of an earlier run.
   *
   * @param onDamage called for damaged bytes that have not been reported, before they are truncated or skipped
   * @returns undefined if it neither starts as a segment nor contains a record
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
    const doneBytes = readDoneFile(disk, path);
    segment.#doneFileEnd = doneBytes.length - (doneBytes.length % DONE_ENTRY_BYTES);
    const doneFile = scanDoneFile(doneBytes);
    segment.#markDone(doneFile, damaged[0] ?? offsets.length);
    segment.#skipDamaged(bytes, damaged, doneFile, onDamage);
    segment.#skipDone();
    if (end > 0 && end < bytes.length) {
      onDamage({ parts: [bytes.subarray(end)], records: 1, isEnd: true });
      segment.#cut();
    }
    return segment;
  }

  get length(): number {
    return this.#offsets.length - this.#done.size;
  }

  /** Done records included. */
  get count(): number {
    return this.#offsets.length;
  }

  /** Bytes on disk, the done entries of all its records included. */
  get bytes(): number {
    return this.#end + this.#offsets.length * DONE_ENTRY_BYTES;
  }

  /** Takes no more records: damaged, or the file may have bytes after the last good record. */
  get sealed(): boolean {
    return this.#sealed;
  }

  /** The file was removed, but is still open for writing, so that it can be read. @throws the system's error */
  get isRemoved(): boolean {
    return this.#writer !== undefined && this.#disk.fstatSync(this.#writer).nlink === 0;
  }

  seal(): void {
    this.#sealed = true;
  }

  /** @throws the system's error; the file is unchanged or sealed then */
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

  /** Flushes the records to the disk. @throws the system's error */
  sync(): void {
    if (this.#writer !== undefined) this.#disk.fdatasyncSync(this.#writer);
  }

  /**
   * The oldest records that are not done, `max` or about `maxBytes`, with ids above `after`. Records that are damaged now
   * are in `lost`, with their bytes. @throws the system's error if the file cannot be opened or read
   */
  read(max: number, after: number, maxBytes: number): { records: SpooledRecord[]; lost: SpooledRecord[] } {
    const records: SpooledRecord[] = [];
    const lost: SpooledRecord[] = [];
    const wanted = this.#undelivered(max, after, maxBytes);
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

  /** Marks record `id` as done. @throws the system's error; the mark is in memory only then */
  acknowledge(id: number, kind: DoneKind): void {
    const index = id - this.firstId;
    if (!Number.isSafeInteger(index) || index < 0 || index >= this.count || this.#done.has(index)) return;
    this.#done.add(index);
    this.#skipDone();
    this.#writeEntry(index, kind);
  }

  /** Removes both files, the records first, as done entries without records are harmless. @returns false if one remains */
  remove(): boolean {
    this.close();
    const gone = removeFile(this.#disk, this.path);
    return removeFile(this.#disk, doneFilePath(this.path)) && gone;
  }

  close(): void {
    for (const fd of [this.#writer, this.#reader, this.#doneFile])
      if (fd !== undefined) this.#disk.closeSync(fd);
    this.#writer = undefined;
    this.#reader = undefined;
    this.#doneFile = undefined;
  }

  /** Indexes of the oldest records that are not done and have ids above `after`: `max`, or about `maxBytes`. */
  #undelivered(max: number, after: number, maxBytes: number): number[] {
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

  /** Reads record number `from` of `wanted` and as many of the next ones as fit one read. */
  #readRun(wanted: readonly number[], from: number): { start: number; bytes: Buffer; indexes: number[] } {
    const start = this.#startOf(wanted[from] ?? 0);
    let to = from + 1;
    while (to < wanted.length && this.#startOf((wanted[to] ?? 0) + 1) - start <= READ_BYTES) to++;
    const indexes = wanted.slice(from, to);
    const bytes = Buffer.allocUnsafe(this.#startOf((indexes.at(-1) ?? 0) + 1) - start);
    const reader = this.#openReader();
    for (let filled = 0; filled < bytes.length; ) {
      const got = this.#disk.readSync(reader, bytes, filled, bytes.length - filled, start + filled);
      if (got === 0) bytes.fill(0, filled); // the file was truncated: the checksum shows the loss
      filled = got === 0 ? bytes.length : filled + got;
    }
    return { start, bytes, indexes };
  }

  /** A file that was removed and is still open for writing can be read there. @throws the system's error */
  #openReader(): number {
    try {
      this.#reader ??= openSpoolFile(this.#disk, this.path, "read");
      return this.#reader;
    } catch (error) {
      if (this.#writer === undefined || !isMissing(error)) throw error;
      return this.#writer;
    }
  }

  /** Offset of record `index`; for the index after the last, the end. */
  #startOf(index: number): number {
    return this.#offsets[index] ?? this.#end;
  }

  #writeEntry(index: number, kind: DoneKind): void {
    if (this.#doneFile === undefined) {
      this.#doneFile = openSpoolFile(this.#disk, doneFilePath(this.path), "appendOrCreate");
      this.#disk.ftruncateSync(this.#doneFile, this.#doneFileEnd);
    }
    try {
      writeAll(this.#disk, this.#doneFile, [doneEntry(kind, this.#startOf(index))]);
      this.#doneFileEnd += DONE_ENTRY_BYTES;
    } catch (error) {
      this.#disk.ftruncateSync(this.#doneFile, this.#doneFileEnd);
      throw error;
    }
  }

  /** @param countable number of leading records whose numbers are still valid */
  #markDone({ done, doneNumbers }: DoneFile, countable: number): void {
    this.#offsets.forEach((offset, index) => {
      if (done.has(offset) || (index < countable && doneNumbers.has(index + 1))) this.#done.add(index);
    });
  }

  /** Skips damaged bytes. Those that no earlier run has reported are reported and marked. */
  #skipDamaged(
    bytes: Buffer,
    damaged: readonly number[],
    { lost }: DoneFile,
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
      for (const index of found) this.#writeEntry(index, "lost");
    } catch {
      // the next run reports it again
    }
  }

  /** Whether damaged bytes were one delivered record, as its intact length shows. */
  #wasDone(bytes: Buffer, index: number): boolean {
    const start = this.#startOf(index);
    const size = this.#startOf(index + 1) - start;
    if (!this.#done.has(index) || size < RECORD_HEADER_BYTES) return false;
    return bytes.readUInt32BE(start) + RECORD_HEADER_BYTES === size;
  }

  #skipDone(): void {
    while (this.#done.has(this.#oldest)) this.#oldest++;
  }

  /** Truncates after the last good record. */
  #cut(): void {
    try {
      this.#writer ??= openSpoolFile(this.#disk, this.path, "append");
      this.#disk.ftruncateSync(this.#writer, this.#end);
    } catch {
      this.#sealed = true;
    }
  }
}

const doneFilePath = (path: string): string => `${path}.done`;

function readDoneFile(disk: Disk, path: string): Buffer {
  try {
    return readRegular(disk, doneFilePath(path));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return Buffer.alloc(0);
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
