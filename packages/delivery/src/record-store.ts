import { readdirSync } from "node:fs";
import { type Clock, systemClock } from "@mod-gearman/base";

/** A record of a {@link RecordStore}. */
export interface StoredRecord {
  /** Rises from record to record. */
  readonly id: number;
  readonly record: Buffer;
}

/** Keeps jobs while no server takes them; `Spool` of `@mod-gearman/spool` is one. Its methods do not throw. */
export interface RecordStore {
  /** Records that wait. */
  readonly length: number;
  /** @returns false when the record could not be kept */
  append(record: Buffer): boolean;
  /** The oldest records, at most `max`, with ids above `after`; they stay. */
  peek(max: number, after?: number): readonly StoredRecord[];
  /** Forget a record. */
  acknowledge(id: number): void;
  close(): void;
}

/** How a delivery gets at its store. One process has it at a time. */
export interface StoreAccess {
  /** Whether an earlier call left records; takes no lock. Must not throw. */
  hasRecords(): boolean;
  /** Rejects with an Error whose `code` is LOCKED while another process has the store, or with any other. */
  open(): Promise<RecordStore>;
}

/**
 * The spool in `folder`.
 *
 * @param open opens it: its code is loaded when it is needed, and not to see that there is nothing in it
 */
export function spoolAccess(folder: string, open: () => Promise<RecordStore>): StoreAccess {
  const hasRecords = (): boolean => {
    try {
      return readdirSync(folder).some((name) => name.endsWith(".spool"));
    } catch {
      return false; // opening tells what is wrong with it
    }
  };
  return { hasRecords, open };
}

const LOCK_WAIT_MS = 10_000;
const LOCK_POLL_MS = 50;

/**
 * Open a store, waiting up to ten seconds for another process to be done with it.
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
    const waitMs = LOCK_POLL_MS * (0.5 + clock.random()); // processes that wait together must not come together
    await new Promise<void>((resolve) => clock.setTimeout(resolve, waitMs));
  }
}

function isLocked(error: unknown): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === "LOCKED";
}
