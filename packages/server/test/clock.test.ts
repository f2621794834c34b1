import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { systemClock } from "../src/core/clock.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

// a month: beyond the 24.8 days after which setTimeout of Node fires at once
test("a delay above the limit of Node's timers is kept", () => {
  const run = vi.fn();
  systemClock.setTimeout(run, 30 * 86_400_000);
  vi.advanceTimersByTime(30 * 86_400_000 - 1);
  expect(run).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(run).toHaveBeenCalledTimes(1);
});

test("a timer can be stopped", () => {
  systemClock.clearTimeout(systemClock.setTimeout(() => undefined, 30 * 86_400_000));
  expect(vi.getTimerCount()).toBe(0);
});
