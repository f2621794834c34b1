import { startTimer, stopTimer } from "@mod-gearman/base";

/** Opaque. */
export type Timer = object;

export interface ServerClock {
  /** The time of day, milliseconds since 1970, for SUBMIT_JOB_EPOCH. May be set forward and back. */
  wallMs(): number;
  /** Milliseconds from an arbitrary start, never decreasing, for durations. */
  monotonicMs(): number;
  setTimeout(fn: () => void, ms: number): Timer;
  clearTimeout(timer: Timer): void;
}

export const systemClock: ServerClock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimeout: startTimer,
  clearTimeout: stopTimer,
};
