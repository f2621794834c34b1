import { startTimer, stopTimer, type Timer } from "@mod-gearman/base";

/** Timers of the runner. Same shape as the client's clock, so that one manual clock drives both in tests. */
export interface RunnerClock {
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(timer: never): void;
  /** Calls back when what has happened up to now was read from descriptors. Without it nothing is waited for. */
  afterEvents?(callback: () => void): unknown;
}

/** A timer that can be cancelled. */
export interface Alarm {
  cancel(): void;
}

/** Starts a timer of `clock`. */
export function startAlarm(clock: RunnerClock, callback: () => void, delayMs: number): Alarm {
  const timer = clock.setTimeout(callback, delayMs);
  return { cancel: () => clock.clearTimeout(timer as never) };
}

/** Timers of the process. */
export const processClock: RunnerClock = {
  setTimeout: startTimer,
  clearTimeout: (timer: Timer) => stopTimer(timer),
  afterEvents: (callback) => setImmediate(callback),
};

/** Reads the wall clock at its start and a monotonic clock afterwards, so that spans cannot be negative. */
export interface Stopwatch {
  readonly startedAt: bigint; // microseconds since 1970
  finishedAt(): bigint;
}

/** Starts measuring now. */
export function startStopwatch(): Stopwatch {
  const startedAt = BigInt(Date.now()) * 1000n;
  const begin = process.hrtime.bigint();
  return { startedAt, finishedAt: () => startedAt + (process.hrtime.bigint() - begin) / 1000n };
}
