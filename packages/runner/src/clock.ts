import { startTimer, stopTimer, type TimerClock } from "@mod-gearman/base";

export interface RunnerClock extends TimerClock {
  /** Calls back once the events that are already pending on descriptors have been handled. Absent: it calls back at once. */
  afterEvents?(callback: () => void): unknown;
}

export const processClock: RunnerClock = {
  setTimeout: startTimer,
  clearTimeout: stopTimer,
  afterEvents: (callback) => setImmediate(callback),
};
