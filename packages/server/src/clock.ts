import { startTimer, stopTimer } from "@mod-gearman/base";

/** A timer of a {@link ServerClock}; opaque. */
export type Timer = object;

/** Time of day, so that tests can decide it. `now` is milliseconds since 1970: SUBMIT_JOB_EPOCH needs it. */
export interface ServerClock {
  now(): number;
  setTimeout(fn: () => void, ms: number): Timer;
  clearTimeout(timer: Timer): void;
}

/** The machine's clock. */
export const systemClock: ServerClock = {
  now: () => Date.now(),
  setTimeout: startTimer,
  clearTimeout: stopTimer,
};
