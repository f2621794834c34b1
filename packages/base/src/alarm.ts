import type { Clock } from "./clock.ts";

export type TimerClock = Pick<Clock, "setTimeout" | "clearTimeout">;

export interface Alarm {
  cancel(): void;
}

export function startAlarm(clock: TimerClock, callback: () => void, delayMs: number): Alarm {
  const timer = clock.setTimeout(callback, delayMs);
  return { cancel: () => clock.clearTimeout(timer) };
}
