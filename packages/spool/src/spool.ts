import { basename, join, resolve } from "node:path";
import { codeOf } from "@mod-gearman/base";
import { damagedNumber, setAside } from "./damaged-files.ts";
import { type Disk, isMissing, nodeDisk, removeFile } from "./disk.ts";
import type { DoneKind } from "./done-file.ts";
import { messageOf, SpoolError } from "./errors.ts";
import { prepareFolder } from "./folder.ts";
import { LOCK_RENEW_MS, type SpoolLock, takeLock } from "./lock.ts";
import { type Damage, RECORD_OVERHEAD_BYTES, SEGMENT_BYTES, Segment, type SpooledRecord } from "./segment.ts";
import { isStrayDoneFile, segmentName, segmentNumber } from "./segment-name.ts";
import { SpoolLog, type SpoolLogger } from "./spool-log.ts";

export interface SpoolOptions {
  /** Created with mode 0700 if missing, along with its parent folders. */
  readonly folder: string;
  /** Limit of the bytes on disk; overhead of 16 bytes per record included. */
  readonly maxBytes: number;
  /** Larger records are refused. Default 64 MiB. */
  readonly maxRecordBytes?: number;
  /** Wait for the disk after every record (default no: records survive a crash of the process, not of the machine). */
  readonly fsync?: boolean;
  readonly logger?: SpoolLogger;
  /** Monotonic milliseconds, for limiting log lines. Default: clock of the machine. */
  readonly clock?: () => number;
  /** Tests replace it. */
  readonly disk?: Disk;
}

const MAX_RECORD_BYTES = 64 << 20;
const MIN_SEGMENT_BYTES = 16 << 10;
const MAX_SEGMENT_BYTES = 4 << 20;
const SEGMENTS = 16;

/**
 * Opens the spool in `folder`, which is created if missing. Records of an earlier run are kept; torn and
 * damaged ones are set aside.
 *
 * @throws SpoolError LOCKED, NOT_A_FOLDER (also for a symbolic link), FOREIGN_FOLDER, UNUSABLE
 */
export function openSpool(options: SpoolOptions): Spool {
  const { disk = nodeDisk } = options;
  const folder = resolve(options.folder); // a trailing slash would follow a symbolic link
  prepareFolder(disk, folder);
  const lock = takeLock(disk, folder);
  try {
    return new Spool({ ...options, folder }, lock);
  } catch (error) {
    lock.release();
    throw new SpoolError("UNUSABLE", folder, { cause: error });
  }
}

/**
 * A first-in first-out queue of opaque records in the files of one folder, bounded in bytes. Once it is open no method
 * throws: a record that cannot be kept stays with the caller.
 */
export class Spool {
  readonly #options: SpoolOptions;
  readonly #disk: Disk;
  readonly #log: SpoolLog;
  #lock: SpoolLock;
  readonly #renewals: NodeJS.Timeout;
  readonly #segments: Segment[] = [];
  #unread: string[] = [];
  #maxBytes: number;
  /** Id of the next record. Ids are assigned only here, independent of file names, so they never repeat. */
  #nextId = 0;
  /** Number of the next segment file: above that of every existing file. */
  #nextName = 0;
  #length = 0;
  #dropped = 0;
  #closed = false;

  /** Internal to the package: use `openSpool`. @throws the system's error when the folder cannot be read */
  constructor(options: SpoolOptions, lock: SpoolLock) {
    this.#options = options;
    this.#disk = options.disk ?? nodeDisk;
    this.#log = new SpoolLog(options.logger, options.clock);
    this.#lock = lock;
    this.#maxBytes = options.maxBytes;
    this.#load();
    this.#renewals = setInterval(() => this.#tick(), LOCK_RENEW_MS).unref();
  }

  get length(): number {
    return this.#length;
  }

  /** Bytes on disk; decreases when the last record of a file is acknowledged. */
  get bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  /** Records lost since opening: each run of damaged bytes counts as one, each in a file that was removed. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Changes `maxBytes`; records stay, also those above the new limit. */
  resize(maxBytes: number): void {
    this.#maxBytes = maxBytes;
  }

  /** Whether `append` would accept a record of that many bytes, unless the disk is full. */
  hasRoom(recordBytes: number): boolean {
    return !this.#closed && this.#refusal(recordBytes) === undefined;
  }

  /** Appends a record. `record` is not retained. @returns false if it cannot be kept, which is logged */
  append(record: Buffer): boolean {
    if (this.#closed) return this.#refuse("the spool is closed");
    const refusal = this.#refusal(record.length);
    if (refusal !== undefined) return this.#refuse(refusal);
    try {
      this.#rescueRecords();
      return this.#appendTo(this.#roomFor(record.length) ?? this.#createSegment(), record);
    } catch (error) {
      this.#forgetEmpty();
      return this.#refuse(messageOf(error));
    }
  }

  /**
   * The oldest records that are not acknowledged, at most `max` and about `maxBytes`, but at least one, in order; they
   * stay. Records that cannot be read at the moment are left out; they count in `length` and are returned later.
   *
   * @param after only records with a higher id, for a reader that has some in flight
   */
  peek(max: number, after = -1, maxBytes = Number.POSITIVE_INFINITY): SpooledRecord[] {
    const found: SpooledRecord[] = [];
    let foundBytes = 0;
    for (const segment of this.#closed ? [] : [...this.#segments]) {
      if (found.length >= max || foundBytes >= maxBytes) break;
      if (segment.firstId + segment.count <= after + 1) continue;
      const records = this.#read(segment, max - found.length, after, maxBytes - foundBytes);
      if (records === undefined) break; // keep the order; the next peek tries again
      for (const one of records) {
        found.push(one);
        foundBytes += one.record.length;
      }
    }
    return found;
  }

  /** Removes a delivered record. Unknown and acknowledged ids are ignored. */
  acknowledge(id: number): void {
    if (this.#closed) return;
    const segment = this.#segments.find(({ firstId, count }) => id >= firstId && id < firstId + count);
    if (segment !== undefined) this.#acknowledge(segment, id, "done");
  }

  /** Releases the folder; records stay for the next run. */
  close(): void {
    if (this.#closed) return;
    this.#tryRescue();
    this.#closed = true;
    clearInterval(this.#renewals);
    for (const segment of this.#segments) segment.close();
    this.#lock.release();
  }

  /** @returns the reason, or undefined if the record is accepted */
  #refusal(recordBytes: number): string | undefined {
    const maxBytes = this.#maxBytes;
    const { maxRecordBytes = MAX_RECORD_BYTES } = this.#options;
    if (recordBytes > maxRecordBytes) return `a record is larger than ${maxRecordBytes} bytes`;
    const newSegment = this.#roomFor(recordBytes) === undefined ? SEGMENT_BYTES : 0;
    const needed = this.bytes + recordBytes + RECORD_OVERHEAD_BYTES + newSegment;
    return needed > maxBytes ? `it is full (${maxBytes} bytes)` : undefined;
  }

  /** The file to append to; undefined if a new one is needed. */
  #roomFor(recordBytes: number): Segment | undefined {
    const last = this.#segments.at(-1);
    if (last === undefined || last.sealed) return undefined;
    const share = Math.floor(this.#maxBytes / SEGMENTS);
    const most = Math.max(MIN_SEGMENT_BYTES, Math.min(MAX_SEGMENT_BYTES, share));
    return last.bytes + recordBytes + RECORD_OVERHEAD_BYTES <= most ? last : undefined;
  }

  #load(): void {
    const { folder } = this.#options;
    const names = this.#disk.readdirSync(folder).sort();
    for (const name of names) {
      const number = segmentNumber(name) ?? damagedNumber(name);
      if (number !== undefined) this.#nextName = Math.max(this.#nextName, number + 1);
      if (segmentNumber(name) !== undefined) this.#tryLoad(name);
      else if (isStrayDoneFile(name, names)) removeFile(this.#disk, join(folder, name));
    }
  }

  #tryLoad(name: string): void {
    try {
      this.#loadSegment(name);
    } catch (error) {
      this.#unread.push(name);
      const path = join(this.#options.folder, name);
      this.#log.warn(`cannot read ${path}, it is left alone for now: ${messageOf(error)}`);
    }
  }

  /** @throws the system's error */
  #loadSegment(name: string): void {
    const path = join(this.#options.folder, name);
    const segment = Segment.open(this.#disk, path, this.#nextId, (damage) =>
      this.#reportDamage(name, damage),
    );
    if (segment === undefined) {
      this.#log.warn(`${path} is no spool file, it is left alone`);
      return;
    }
    this.#nextId += segment.count;
    this.#length += segment.length;
    if (segment.length > 0) this.#segments.push(segment);
    else segment.remove();
  }

  /** Renews the lock, rescues records of removed files and retries files that could not be read. */
  #tick(): void {
    this.#lock.renew();
    this.#tryRescue();
    const unread = this.#unread;
    this.#unread = [];
    for (const name of unread) {
      const last = this.#segments.at(-1);
      try {
        this.#loadSegment(name);
        const loaded = this.#segments.at(-1);
        if (loaded !== last) loaded?.seal(); // at the next start it is read first, before records appended now
        this.#log.warn(`${join(this.#options.folder, name)} can be read again`);
      } catch {
        this.#unread.push(name);
      }
    }
  }

  #reportDamage(name: string, { parts, records, isEnd }: Damage): void {
    const { folder } = this.#options;
    this.#dropped += records;
    const aside = this.#setAside(name, parts);
    const what = isEnd
      ? "the end is no whole record, cut off"
      : `${parts.length} damaged place(s), passed over`;
    this.#log.warn(`${join(folder, name)}: ${what}: ${aside}`);
  }

  /** @returns where the bytes are now, for the log */
  #setAside(name: string, parts: readonly Buffer[]): string {
    const bytes = parts.reduce((sum, { length }) => sum + length, 0);
    try {
      const aside = setAside(this.#disk, this.#options.folder, name, parts);
      return `${aside.bytes} of ${bytes} bytes are in ${aside.name} now`;
    } catch (error) {
      return `${bytes} bytes, which could not be set aside: ${messageOf(error)}`;
    }
  }

  /** @throws the system's error; SpoolError if the folder was removed and cannot be taken again */
  #createSegment(): Segment {
    this.#keepFolder();
    const name = segmentName(this.#nextName++);
    const segment = Segment.create(this.#disk, join(this.#options.folder, name), this.#nextId);
    this.#segments.push(segment);
    return segment;
  }

  /** A folder that was removed is made again, and locked again. */
  #keepFolder(): void {
    if (this.#lock.isHeld()) return;
    const { folder } = this.#options;
    prepareFolder(this.#disk, folder);
    const lock = takeLock(this.#disk, folder);
    this.#lock.forget();
    this.#lock = lock;
    this.#log.warn(`${folder} or its lock has been removed, both are there again`);
  }

  /**
   * Writes the records of files that were removed, but can still be read, to a file that is there: else they would end with
   * this process. They get new ids, so those in flight are delivered again.
   *
   * @throws as {@link #createSegment}; the records can still be read then
   */
  #rescueRecords(): void {
    for (const segment of this.#segments.filter((one) => one.isRemoved)) {
      segment.seal();
      const records = this.#read(segment, segment.count, -1, Number.POSITIVE_INFINITY) ?? [];
      if (records.length === 0) continue;
      const fresh = this.#createSegment();
      try {
        for (const { record } of records) fresh.append(record);
      } catch (error) {
        this.#segments.splice(this.#segments.indexOf(fresh), 1);
        fresh.remove();
        throw error;
      }
      this.#nextId += fresh.count;
      this.#length += fresh.length;
      this.#forget(segment);
      this.#log.warn(`${segment.path} was removed, its ${fresh.count} record(s) are in ${fresh.path} now`);
    }
  }

  #tryRescue(): void {
    try {
      this.#rescueRecords();
    } catch (error) {
      this.#log.limited(
        `${this.#options.folder}: records of a removed file cannot be kept: ${messageOf(error)}`,
      );
    }
  }

  #appendTo(segment: Segment, record: Buffer): boolean {
    try {
      segment.append(record);
    } catch (error) {
      if (!isMissing(error)) throw error;
      segment.seal(); // removed before it was opened; the next peek gives it up
      return this.#appendTo(this.#createSegment(), record);
    }
    this.#nextId++;
    this.#length++;
    if (this.#options.fsync === true) this.#sync(segment);
    return true;
  }

  /** The record is kept in any case: one that could not be synced is delivered like any other. */
  #sync(segment: Segment): void {
    try {
      segment.sync();
    } catch (error) {
      this.#log.limited(`${this.#options.folder}: the disk did not confirm a record: ${messageOf(error)}`);
    }
  }

  /** Removes a new segment whose first record could not be written. */
  #forgetEmpty(): void {
    if (this.#segments.at(-1)?.count === 0) this.#segments.pop()?.remove();
  }

  #reportLost(segment: Segment, lost: readonly SpooledRecord[]): void {
    if (lost.length === 0) return;
    const parts = lost.map(({ record }) => record);
    this.#dropped += lost.length;
    const aside = this.#setAside(basename(segment.path), parts);
    this.#log.limited(`${segment.path}: ${lost.length} damaged record(s), passed over: ${aside}`);
    for (const { id } of lost) this.#acknowledge(segment, id, "lost");
  }

  /** @returns undefined if the records after these have to wait */
  #read(segment: Segment, max: number, after: number, maxBytes: number): SpooledRecord[] | undefined {
    try {
      const { records, lost } = segment.read(max, after, maxBytes);
      this.#reportLost(segment, lost);
      return records;
    } catch (error) {
      if (isMissing(error)) {
        this.#giveUp(segment);
        return [];
      }
      this.#log.limited(`cannot read the result spool ${this.#options.folder}: ${messageOf(error)}`);
      // a bad sector must not block the records after it
      return codeOf(error) === "EIO" ? [] : undefined;
    }
  }

  /** The file was removed by another process; the records after those in it must not be blocked. */
  #giveUp(segment: Segment): void {
    const { path, length } = segment;
    this.#dropped += length;
    this.#forget(segment);
    this.#log.warn(`${path} has been removed: ${length} record(s) that waited in it are lost`);
  }

  #forget(segment: Segment): void {
    this.#length -= segment.length;
    this.#segments.splice(this.#segments.indexOf(segment), 1);
    segment.remove();
  }

  #acknowledge(segment: Segment, id: number, kind: DoneKind): void {
    const before = segment.length;
    try {
      segment.acknowledge(id, kind);
    } catch (error) {
      const note = "a delivered record could not be noted and may be delivered again after a crash";
      this.#log.limited(`${this.#options.folder}: ${note}: ${messageOf(error)}`);
    }
    this.#length -= before - segment.length;
    if (segment.length === 0) this.#forget(segment);
  }

  /** The caller keeps the record. */
  #refuse(reason: string): false {
    this.#log.refused(`${this.#options.folder}: record not kept: ${reason}`);
    return false;
  }
}
