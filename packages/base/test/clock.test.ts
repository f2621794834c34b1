import { ManualClock } from "@mod-gearman/testkit";
import { afterEach, describe, expect, expectTypeOf, test, vi } from "vitest";
import { type Clock, systemClock, within } from "../src/index.ts";

describe("systemClock", () => {
  afterEach(() => void vi.useRealTimers());

  test("advances; its timers fire and can be cleared", async () => {
    const before = systemClock.monotonicMs();
    await new Promise<void>((resolve, reject) => {
      const never = systemClock.setTimeout(() => reject(new Error("was cleared")), 1);
      systemClock.clearTimeout(never);
      systemClock.setTimeout(resolve, 2);
    });
    expect(systemClock.monotonicMs()).toBeGreaterThan(before);
    expect(systemClock.random()).toSatisfy((value: number) => value >= 0 && value < 1);
  });

  test("monotonic time is independent of the time of day", () => {
    vi.useFakeTimers({ now: 5, toFake: ["Date"] });
    const before = systemClock.monotonicMs();
    vi.setSystemTime(0);
    expect(systemClock.wallMs()).toBe(0);
    expect(systemClock.monotonicMs()).toBeGreaterThanOrEqual(before);
  });

  // a month: beyond the 24.8 days after which setTimeout of Node fires at once
  test("supports delays above the limit of Node's timers, which can be cancelled", () => {
    vi.useFakeTimers();
    const run = vi.fn();
    systemClock.setTimeout(run, 30 * 86_400_000);
    vi.advanceTimersByTime(30 * 86_400_000 - 1);
    expect(run).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledTimes(1);
    systemClock.clearTimeout(systemClock.setTimeout(run, 30 * 86_400_000));
    expect(vi.getTimerCount()).toBe(0);
  });
});

test("the manual clock of the test kit implements Clock", () => {
  expectTypeOf<ManualClock>().toExtend<Clock>();
});

describe("within", () => {
  test("resolves with whether the promise resolved in time, and leaves no timer", async () => {
    const clock = new ManualClock();
    expect(await within(clock, Promise.resolve("x"), 10)).toBe(true);
    const late = within(clock, new Promise(() => undefined), 10);
    await clock.advance(10);
    expect([await late, clock.pending]).toEqual([false, 0]);
  });

  test("rejects as the promise does", async () => {
    const clock = new ManualClock();
    await expect(within(clock, Promise.reject(new Error("no")), 10)).rejects.toThrow("no");
    expect(clock.pending).toBe(0);
  });
});
