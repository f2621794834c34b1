import { readdirSync } from "node:fs";
import { type Clock, systemClock } from "@mod-gearman/base";

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

/** Finds and opens a store, which only one process has open at a time. */
export interface StoreAccess {
  /** Whether an earlier call left records; takes no lock. Must not throw. */
  hasRecords(): boolean;
  /** Rejects with an Error whose `code` is LOCKED while another process has the store, or with any other. */
  open(): Promise<RecordStore>;
}

/**
 * The spool in `folder`.
 *
 * @param open opens the spool; called only when there is a record to read or to keep, so that its code is loaded lazily
 */
export function spoolAccess(folder: string, open: () => Promise<RecordStore>): StoreAccess {
  const hasRecords = (): boolean => {
    try {
      return readdirSync(folder).some((name) => name.endsWith(".spool"));
    } catch {
      return false; // opening it reports the reason
    }
  };
  return { hasRecords, open };
}

const LOCK_WAIT_MS = 10_000;
const LOCK_POLL_MS = 50;

/**
 * Open a store, waiting up to ten seconds while another process has it open.
 *
 * @throws the error of the last attempt
 */
export async function openStore(access: StoreAccess, clock: Clock = systemClock): Promise<RecordStore> {
  const untilMs = clock.monotonicMs() + LOCK_WAIT_MS;
  for (;;) {
    try {
      return await access.open();
    } catch (error) {
      if (!isLocked(error) || clock.monotonicMs() >= untilMs) throw error;
    }
    const waitMs = LOCK_POLL_MS * (0.5 + clock.random()); // jitter: processes that wait together must not retry together
    await new Promise<void>((resolve) => clock.setTimeout(resolve, waitMs));
  }
}

function isLocked(error: unknown): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === "LOCKED";
}
