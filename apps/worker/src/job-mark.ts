/** Identifies a job by queue and payload, independent of its handle. All numbers 0–2³²−1. */
export interface JobMark {
  readonly queueHash: number;
  /** Of the payload. */
  readonly bytes: number;
  /** CRC-32 of the payload. */
  readonly crc: number;
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** @param crc CRC-32 of `data` */
export function markOf(queue: Buffer, data: Buffer, crc: number): JobMark {
  return { queueHash: fnv1a(queue), bytes: data.length, crc };
}

export function markKey({ queueHash, bytes, crc }: JobMark): string {
  return `${queueHash}:${bytes}:${crc}`;
}

/** Queue names are short: this loop takes less time than a call of a native hash. */
function fnv1a(bytes: Buffer): number {
  let hash = FNV_OFFSET;
  for (let at = 0; at < bytes.length; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), FNV_PRIME);
  return hash >>> 0;
}
