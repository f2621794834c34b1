import { hrtime } from "node:process";
import { startTimer, stopTimer, type Timer } from "./timers.ts";

/** Time and randomness as a port, so that tests control both. A function that needs less takes a `Pick` of it. */
export interface Clock {
  /** Milliseconds since an arbitrary start, never decreasing: for durations, deadlines and rate limits. */
  monotonicMs(): number;
  /** Time of day, milliseconds since 1970. It can be set back at any moment: only for times that leave the process. */
  wallMs(): number;
  /** Calls `run` once after `delayMs` milliseconds of any size, `Infinity` included. */
  setTimeout(run: () => void, delayMs: number): Timer;
  clearTimeout(timer: Timer): void;
  /** 0 ≤ x < 1, as Math.random. */
  random(): number;
}

export const systemClock: Clock = {
  monotonicMs: () => {
    const [seconds, nanoseconds] = hrtime(); // `performance` loads a module of its own, 2 ms at the start of a tool
    return seconds * 1e3 + nanoseconds / 1e6;
  },
  wallMs: () => Date.now(),
  setTimeout: startTimer,
  clearTimeout: stopTimer,
  random: () => Math.random(),
};

/** What `promise` resolves with, or undefined if that takes longer than `limitMs` milliseconds. Rejects if it rejects. */
export async function valueWithin<T>(
  clock: Pick<Clock, "setTimeout" | "clearTimeout">,
  promise: Promise<T>,
  limitMs: number,
): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = clock.setTimeout(() => late.resolve(undefined), limitMs);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clock.clearTimeout(timer);
  }
}

/** True if `promise` resolves within `limitMs` milliseconds. Rejects if it rejects. */
export async function within(
  clock: Pick<Clock, "setTimeout" | "clearTimeout">,
  promise: Promise<unknown>,
  limitMs: number,
): Promise<boolean> {
  const resolved = promise.then(() => true);
  return (await valueWithin(clock, resolved, limitMs)) === true;
}
