import { RECORD_HEADER_BYTES, readRecord, SEGMENT_MAGIC } from "./record.ts";
import { RecordSearch } from "./record-search.ts";

export interface SegmentScan {
  /** Offsets of the records and of the runs of damaged bytes between them. Each ends where the next one starts. */
  readonly offsets: number[];
  readonly damaged: number[];
  /** End of the last good record; 0 if the file is not a segment. */
  readonly end: number;
}

/**
 * Finds the records of a whole segment file. Damage costs only the records that it touches: the search continues with the
 * next valid record. A file whose first bytes are wrong is a segment only if it contains a valid record.
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
