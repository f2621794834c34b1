import { expect, test } from "vitest";
import { ManualClock } from "../src/manual-clock.ts";

test("timers fire in the order of their times", () => {
  const clock = new ManualClock(0);
  const ran: [string, number][] = [];
  clock.setTimeout(() => ran.push(["late", clock.monotonicMs()]), 20);
  clock.setTimeout(() => ran.push(["early", clock.monotonicMs()]), 10);
  clock.setTimeout(() => ran.push(["next to early", clock.monotonicMs()]), 10);
  clock.tick(19);
  expect(ran).toEqual([
    ["early", 10],
    ["next to early", 10],
  ]);
  expect([clock.pending, clock.nextInMs]).toEqual([1, 1]);
  clock.tick(1);
  expect(ran.at(-1)).toEqual(["late", 20]);
  expect([clock.pending, clock.nextInMs]).toEqual([0, undefined]);
});

test("timers armed by timers fire in the same move; cleared ones never", () => {
  const clock = new ManualClock(0);
  const ran: number[] = [];
  const never = clock.setTimeout(() => ran.push(-1), 7);
  clock.setTimeout(() => {
    clock.clearTimeout(never);
    clock.setTimeout(() => ran.push(clock.monotonicMs()), 5);
  }, 5);
  clock.tick(100);
  expect(ran).toEqual([10]);
  expect(clock.monotonicMs()).toBe(100);
});

test("advance lets promises settle between two timers", async () => {
  const clock = new ManualClock(0);
  const ran: string[] = [];
  clock.setTimeout(() => void Promise.resolve().then(() => ran.push("promise of 1")), 1);
  clock.setTimeout(() => ran.push("2"), 2);
  await clock.advance(2);
  expect(ran).toEqual(["promise of 1", "2"]);
});

test("random returns the value set by the test", () => {
  const clock = new ManualClock();
  expect(clock.random()).toBe(0.5);
  clock.randomValue = 0.25;
  expect(clock.random()).toBe(0.25);
});
