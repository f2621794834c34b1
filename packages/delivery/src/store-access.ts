import { readdirSync } from "node:fs";
import type { SpooledJobs, SpooledJobsOptions } from "./spooled-jobs.ts";

/** Finds and opens a store, which only one process has open at a time. */
export interface StoreAccess {
  /** Whether an earlier call left records; takes no lock. Must not throw. */
  hasRecords(): boolean;
  /** Rejects with an Error whose `code` is LOCKED while another process has the store, or with any other. */
  open(options: DrainOptions): Promise<SpooledJobs>;
}

export type DrainOptions = Omit<SpooledJobsOptions, "store">;

/**
 * The spool in `folder`.
 *
 * @param open called only when there is a record to read or to keep, so that the code of the spool is loaded
 * lazily
 */
export function spoolAccess(folder: string, open: StoreAccess["open"]): StoreAccess {
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
 * Opens a store, waiting up to ten seconds while another process has it open.
 *
 * @throws the error of the last attempt
 */
export async function openStore(access: StoreAccess, options: DrainOptions): Promise<SpooledJobs> {
  const { clock } = options;
  const untilMs = clock.monotonicMs() + LOCK_WAIT_MS;
  for (;;) {
    try {
      return await access.open(options);
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
