import { ManualClock, type ManualTimer } from "@mod-gearman/testkit";
import { READING_MS } from "../src/core/coarse-seconds.ts";

/** A manual clock for tests that count timers: it drops the one that reads the time for the ages of jobs. */
export class ClockWithoutReadings extends ManualClock {
  override setTimeout(fn: () => void, ms: number): ManualTimer {
    return ms === READING_MS ? { dueMs: Number.POSITIVE_INFINITY, run: fn } : super.setTimeout(fn, ms);
  }
}
