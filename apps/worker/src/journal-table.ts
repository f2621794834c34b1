import type { JobMark } from "./job-mark.ts";

export const RecordState = {
  /** Others run as well. */
  running: 1,
  /** It runs and no other job does: if the process dies now, this job is the cause. */
  alone: 2,
  /** It was running when an earlier process died and has not come again. */
  suspect: 3,
  /** It was running alone when an earlier process died. */
  refused: 4,
} as const;

export type RecordStateValue = (typeof RecordState)[keyof typeof RecordState];

interface JournalRecord {
  readonly state: RecordStateValue;
  readonly mark: JobMark;
}

export interface JournalContent {
  /** Number of consecutive processes that died while jobs were running, including the one before this journal. */
  readonly deaths: number;
  readonly records: readonly JournalRecord[];
}

const MAGIC = Buffer.from("MGMJOBS1", "latin1");
const WORD_BYTES = 4;
const WORDS = 4; // of the header, and of a record
const RECORD_BYTES = WORDS * WORD_BYTES;
const DEATHS_WORD = MAGIC.length / WORD_BYTES;
const FIRST_RECORDS = 64;
const MAX_DEATHS = 1000;
/** Jobs in one journal. */
export const MAX_RECORDS = 8192;
export const MAX_JOURNAL_BYTES = (1 + MAX_RECORDS) * RECORD_BYTES;

/**
 * The image of a journal in memory: a header and records of four words each; a free record is all zero. Words have the byte
 * order of the machine, since no other machine reads them. A freed record is reused first, so that changes are few adjacent
 * bytes.
 *
 * Header: 8 bytes magic, deaths, 0. Record: state, hash of the queue, bytes of the payload, CRC-32 of the payload.
 */
export class JournalTable {
  #words = new Uint32Array((1 + FIRST_RECORDS) * WORDS);
  #image = bytesOf(this.#words);
  readonly #free: number[] = [];
  #used = 0;
  /** Offset of the first byte changed since `settle`. */
  changedFrom = 0;
  /** Offset after the last changed byte; not above `changedFrom` if none has changed. */
  changedTo = RECORD_BYTES;

  constructor() {
    MAGIC.copy(this.#image);
  }

  /** The whole image, a view; replaced when the table grows. */
  get image(): Buffer {
    return this.#image;
  }

  set deaths(deaths: number) {
    this.#words[DEATHS_WORD] = deaths;
    this.#changed(0);
  }

  /** @returns the index of the record, -1 if the table is full */
  add(state: RecordStateValue, mark: JobMark): number {
    const index = this.#free.pop() ?? this.#append();
    if (index < 0) return index;
    const at = (1 + index) * WORDS;
    const words = this.#words;
    words[at] = state;
    words[at + 1] = mark.queueHash;
    words[at + 2] = mark.bytes;
    words[at + 3] = mark.crc;
    this.#changed(at);
    return index;
  }

  setState(index: number, state: RecordStateValue): void {
    const at = (1 + index) * WORDS;
    this.#words[at] = state;
    this.#changed(at);
  }

  remove(index: number): void {
    const at = (1 + index) * WORDS;
    this.#words.fill(0, at, at + WORDS);
    this.#changed(at);
    this.#free.push(index);
  }

  /** The changed bytes have been written. */
  settle(): void {
    this.changedFrom = Number.MAX_SAFE_INTEGER;
    this.changedTo = 0;
  }

  #append(): number {
    if (this.#used >= MAX_RECORDS) return -1;
    if ((2 + this.#used) * WORDS > this.#words.length) {
      const larger = new Uint32Array(Math.min(2 * this.#words.length, MAX_JOURNAL_BYTES / WORD_BYTES));
      larger.set(this.#words);
      this.#words = larger;
      this.#image = bytesOf(larger);
    }
    return this.#used++;
  }

  /** @param word index of the first word of a header or record */
  #changed(word: number): void {
    const from = word * WORD_BYTES;
    if (from < this.changedFrom) this.changedFrom = from;
    if (from + RECORD_BYTES > this.changedTo) this.changedTo = from + RECORD_BYTES;
  }
}

function bytesOf(words: Uint32Array): Buffer {
  return Buffer.from(words.buffer, words.byteOffset, words.byteLength);
}

/** @returns undefined for bytes that are not a journal; invalid and truncated records are skipped */
export function readJournal(bytes: Buffer): JournalContent | undefined {
  if (bytes.length < RECORD_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const whole = Math.floor(Math.min(bytes.length, MAX_JOURNAL_BYTES) / RECORD_BYTES) * RECORD_BYTES;
  const words = new Uint32Array(whole / WORD_BYTES);
  bytes.copy(bytesOf(words), 0, 0, whole);
  const records: JournalRecord[] = [];
  for (let at = WORDS; at < words.length; at += WORDS) {
    const [state = 0, queueHash = 0, length = 0, crc = 0] = words.subarray(at, at + WORDS);
    if (isState(state)) records.push({ state, mark: { queueHash, bytes: length, crc } });
  }
  return { deaths: Math.min(words[DEATHS_WORD] ?? 0, MAX_DEATHS), records };
}

function isState(state: number): state is RecordStateValue {
  return state >= RecordState.running && state <= RecordState.refused;
}
