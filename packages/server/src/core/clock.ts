import { startTimer, stopTimer } from "@mod-gearman/base";

/** A timer of a {@link ServerClock}; opaque. */
export type Timer = object;

/** Clock port, replaced in tests. */
export interface ServerClock {
  /** The time of day, milliseconds since 1970, for SUBMIT_JOB_EPOCH. It may be set forward and back. */
  now(): number;
  /** Milliseconds from any start, never backwards, for durations. */
  monotonicMs(): number;
  setTimeout(fn: () => void, ms: number): Timer;
  clearTimeout(timer: Timer): void;
}

/** The machine's clocks. */
export const systemClock: ServerClock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimeout: startTimer,
  clearTimeout: stopTimer,
};
