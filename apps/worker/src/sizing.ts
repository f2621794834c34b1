/** State and limits for one decision about the number of slots. Times in milliseconds of one clock. */
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
  /** Last time at which the utilisation was at least 90 %. */
  readonly lastHighMs: number;
  /** Whether load and memory allow more slots; called only if more are needed. */
  mayGrow(): boolean;
}

/** Number of slots to start, or of idle slots to stop; never both. */
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

/** Times for {@link isBackgroundTime}, in milliseconds of one clock. */
export interface BackgroundTimes {
  readonly startedMs: number;
  /** `backgrounding-threshold`; above 0. */
  readonly everyMs: number;
  /** Times of the previous call and of this one. */
  readonly sinceMs: number;
  readonly nowMs: number;
}

/** Whether the job's runtime has passed a multiple of the threshold since the previous call. Source: worker.md 5.4. */
export function isBackgroundTime({ startedMs, everyMs, sinceMs, nowMs }: BackgroundTimes): boolean {
  return Math.floor((nowMs - startedMs) / everyMs) > Math.max(0, Math.floor((sinceMs - startedMs) / everyMs));
}
