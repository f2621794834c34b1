import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MAX_TIMER_MS, startTimer, stopTimer } from "../src/index.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

// 2,147,484 s is the first whole second beyond the limit of Node; 3,000,000 s the timeout of a job
test.for([1, 1000, MAX_TIMER_MS, MAX_TIMER_MS + 1, 2_147_484_000, 3_000_000_000, 3 * MAX_TIMER_MS])(
  "a timer of %i ms fires once, at its time",
  (ms) => {
    const run = vi.fn();
    startTimer(run, ms);
    vi.advanceTimersByTime(ms - 1);
    expect(run).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
  },
);

test("a timer without end never fires", () => {
  const run = vi.fn();
  const timer = startTimer(run, Number.POSITIVE_INFINITY);
  vi.advanceTimersByTime(5 * MAX_TIMER_MS);
  expect(run).not.toHaveBeenCalled();
  stopTimer(timer);
  expect(vi.getTimerCount()).toBe(0);
});

test.for([10, MAX_TIMER_MS + 10])("a timer of %i ms that was stopped does not fire", (ms) => {
  const run = vi.fn();
  const timer = startTimer(run, ms);
  vi.advanceTimersByTime(ms - 5); // the second part of the longer one is running
  stopTimer(timer);
  stopTimer(timer);
  vi.advanceTimersByTime(ms);
  expect(run).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});

test("Node itself fires a longer timer immediately", () => {
  vi.useRealTimers();
  const emitWarning = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
  const timer = setTimeout(() => undefined, MAX_TIMER_MS + 1);
  clearTimeout(timer);
  expect(emitWarning).toHaveBeenCalledWith(expect.stringContaining("does not fit"), "TimeoutOverflowWarning");
  emitWarning.mockRestore();
});
