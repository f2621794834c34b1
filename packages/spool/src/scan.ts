import { RECORD_HEADER_BYTES, readRecord, SEGMENT_MAGIC } from "./record.ts";
import { RecordSearch } from "./record-search.ts";

/** What a segment file holds. */
export interface SegmentScan {
  /** Where each record starts, and each run of damaged bytes between records. Each ends where the next one starts. */
  readonly offsets: number[];
  /** Which of `offsets` are damaged bytes. */
  readonly damaged: number[];
  /** Where the last good record ends; 0 if the file is not a segment. */
  readonly end: number;
}

/**
 * Find the records of a whole segment file. Damage costs the records that it touches: behind it the next whole record
 * is looked for. A file whose first bytes are wrong is a segment only if there is a whole record in it.
 */
export function scanSegment(bytes: Buffer): SegmentScan {
  const offsets: number[] = [];
  const damaged: number[] = [];
  let search: RecordSearch | undefined;
  const isWhole = bytes.subarray(0, SEGMENT_MAGIC.length).equals(SEGMENT_MAGIC);
  let end = isWhole ? SEGMENT_MAGIC.length : 0;
  while (end < bytes.length) {
    const data = end === 0 ? undefined : readRecord(bytes, end);
    if (data !== undefined) {
      offsets.push(end);
      end += RECORD_HEADER_BYTES + data.length;
      continue;
    }
    search ??= new RecordSearch(bytes);
    const next = search.next(end + 1);
    if (next === undefined) break;
    damaged.push(offsets.length);
    offsets.push(end);
    end = next;
  }
  return { offsets, damaged, end };
}
