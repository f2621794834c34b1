import { describe, expect, test } from "vitest";
import { ClockDifferences } from "../src/clock-differences.ts";

/** One check: submitted at 0, grabbed after `wait`, sent after `run`, fetched after `back`, all in milliseconds. */
const bounds = (ahead: number, wait: number, back: number) => [ahead + wait, ahead - back] as const;

describe("the clock of a worker", () => {
  test("counts as right while no check proves otherwise", () => {
    const clock = new ClockDifferences().of("w", 0);
    expect(clock.learn(...bounds(0, 500, 3), 0)).toBe(0);
    expect(clock.learn(...bounds(0, 1, 500), 1)).toBe(0);
  });

  test.for([90_000, -90_000])("%i ms off is found by the first check, also by one that waited", (ahead) => {
    const clock = new ClockDifferences().of("w", 0);
    expect(clock.learn(...bounds(ahead, 5000, 2), 0)).toBe(ahead - 2);
  });

  test("a slow way back does not change what faster checks have shown", () => {
    const clock = new ClockDifferences().of("w", 0);
    clock.learn(...bounds(90_000, 2, 1), 0);
    expect(clock.learn(...bounds(90_000, 2, 500), 1)).toBe(89_999);
  });

  test("a clock that is set is followed at once, one that drifts within twenty minutes", () => {
    const clock = new ClockDifferences().of("w", 0);
    clock.learn(...bounds(90_000, 2, 1), 0);
    expect(clock.learn(...bounds(0, 2, 1), 1)).toBe(0);
    clock.learn(...bounds(1000, 500, 1), 2);
    expect(clock.learn(...bounds(800, 500, 1), 3)).toBe(999);
    clock.learn(...bounds(800, 500, 1), 600_001);
    expect(clock.learn(...bounds(800, 500, 1), 1_200_002)).toBe(799);
  });

  test("times that are not known, or no times at all, say nothing", () => {
    const clock = new ClockDifferences().of("w", 0);
    expect(clock.learn(Number.NaN, 5, 0)).toBeNaN();
    expect(clock.learn(-1_700_000_000_000, -1_700_000_000_000, 0)).toBeNaN();
    expect(clock.learn(...bounds(0, 2, 1), 0)).toBe(0);
  });
});

test("a difference is proven by both ways of a check together, and for ten minutes after the last one", () => {
  const clocks = new ClockDifferences();
  const learn = (name: string, ahead: number, wait: number, back: number) =>
    clocks.of(name, 0).learn(...bounds(ahead, wait, back), 0);
  learn("ahead", 90_000, 5000, 10);
  learn("behind", -90_000, 500, 30);
  learn("right, its result came late", 0, 3, 60_000);
  learn("right, its job waited", 0, 60_000, 3);
  clocks.of("without times", 0).learn(Number.NaN, Number.NaN, 0);
  expect([...clocks.proven(599_999)]).toEqual([
    ["ahead", 89_990],
    ["behind", -89_500],
    ["right, its result came late", 0],
    ["right, its job waited", 0],
  ]);
  expect(clocks.proven(600_000).size).toBe(0);
});

test("a thousand workers have an estimate each, by name; the oldest one is forgotten", () => {
  const clocks = new ClockDifferences();
  const first = clocks.of("0", 0);
  for (let at = 1; at < 1000; at++) clocks.of(String(at), 0);
  expect(clocks.of("0", 0)).toBe(first);
  clocks.of("one more", 0);
  expect(clocks.of("0", 0)).not.toBe(first);
});
