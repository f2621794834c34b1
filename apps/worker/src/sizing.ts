/** Facts and limits for one look at the number of slots. Times in milliseconds of one clock. */
export interface SizingInput {
  readonly total: number;
  readonly busy: number;
  readonly minWorker: number;
  readonly maxWorker: number;
  /** Slots per second. */
  readonly spawnRate: number;
  readonly sinkRate: number;
  readonly idleTimeoutMs: number;
  readonly nowMs: number;
  /** When the utilisation was last at least 90 %. */
  readonly lastHighMs: number;
  /** Load and memory allow more; asked only when growth is wanted. */
  mayGrow(): boolean;
}

/** What to do: slots to start, idle slots to stop; never both. */
export interface SizingPlan {
  readonly start: number;
  readonly stop: number;
  readonly lastHighMs: number;
}

const HIGH_PERCENT = 90;

/** Decides how many slots to start or stop. Source: worker.md 5.1, D8. */
export function planSlots(input: SizingInput): SizingPlan {
  const { total, busy, minWorker, maxWorker, nowMs } = input;
  if (total < minWorker) return { start: minWorker - total, stop: 0, lastHighMs: nowMs };
  const isHigh = busy * 100 >= total * HIGH_PERCENT;
  const lastHighMs = isHigh ? nowMs : input.lastHighMs;
  if (total > maxWorker) return { start: 0, stop: total - maxWorker, lastHighMs };
  if (total > minWorker && nowMs - lastHighMs > input.idleTimeoutMs) {
    const rate = input.sinkRate > 0 ? input.sinkRate : input.spawnRate;
    return { start: 0, stop: Math.min(rate, total - minWorker), lastHighMs };
  }
  if (busy >= total && total < maxWorker && input.mayGrow()) {
    return { start: Math.min(input.spawnRate, maxWorker - total), stop: 0, lastHighMs };
  }
  return { start: 0, stop: 0, lastHighMs };
}

/** One look, every second or so, at a job that may go on in the background. Times in milliseconds of one clock. */
export interface BackgroundLook {
  readonly startedMs: number;
  /** `backgrounding-threshold`; above 0. */
  readonly everyMs: number;
  /** The look before this one, and this one. */
  readonly sinceMs: number;
  readonly nowMs: number;
}

/** Whether the job's runtime has passed a multiple of the threshold since the look before. Source: worker.md 5.4. */
export function isBackgroundTime({ startedMs, everyMs, sinceMs, nowMs }: BackgroundLook): boolean {
  return Math.floor((nowMs - startedMs) / everyMs) > Math.max(0, Math.floor((sinceMs - startedMs) / everyMs));
}
