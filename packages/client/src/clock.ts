import { hrtime } from "node:process";

/** A timer of a {@link Clock}; opaque. */
export type Timer = object;

/** Time and chance, so that tests can decide both. Milliseconds; `now` counts from any start and never backwards. */
export interface Clock {
  now(): number;
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
  setTimeout: (fn, ms) => setTimeout(fn, ms),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
  random: () => Math.random(),
};
