import type { Clock } from "./clock.ts";

/** The timers of a {@link Clock}. */
export type TimerClock = Pick<Clock, "setTimeout" | "clearTimeout">;

/** A timer that can be cancelled. */
export interface Alarm {
  cancel(): void;
}

/** Starts a timer of `clock`. */
export function startAlarm(clock: TimerClock, callback: () => void, delayMs: number): Alarm {
  const timer = clock.setTimeout(callback, delayMs);
  return { cancel: () => clock.clearTimeout(timer) };
}
