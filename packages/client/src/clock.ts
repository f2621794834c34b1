import { hrtime } from "node:process";
import { startTimer, stopTimer } from "@mod-gearman/base";

/** A timer of a {@link Clock}; opaque. */
export type Timer = object;

/** Time and chance, so that tests can decide both. Milliseconds; `now` counts from any start and never backwards. */
export interface Clock {
  now(): number;
  /** `ms` may be of any size, `Infinity` included. */
  setTimeout(fn: () => void, ms: number): Timer;
  clearTimeout(timer: Timer): void;
  /** 0 ≤ x < 1, as Math.random. */
  random(): number;
}

/** The machine's monotonic clock and Math.random. */
export const systemClock: Clock = {
  now: () => {
    const [seconds, nanoseconds] = hrtime(); // `performance` loads a module of its own, 2 ms at the start of a tool
    return seconds * 1e3 + nanoseconds / 1e6;
  },
  setTimeout: startTimer,
  clearTimeout: stopTimer,
  random: () => Math.random(),
};
