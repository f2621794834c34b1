import { expect, test } from "vitest";
import { Backoff } from "../src/connection/backoff.ts";

const waits = (backoff: Backoff, count: number) => Array.from({ length: count }, () => backoff.next());

test("the first attempt is immediate, waits double up to the limit", () => {
  expect(waits(new Backoff(3000, () => 0.5), 8)).toEqual([80, 200, 400, 800, 1600, 3000, 3000, 3000]);
});

test("jitter is ±25 %, and the first wait never exceeds 100 ms", () => {
  expect(waits(new Backoff(3000, () => 0), 6)).toEqual([60, 150, 300, 600, 1200, 2250]);
  const longest = waits(new Backoff(3000, () => 1 - Number.EPSILON), 7);
  expect(longest).toEqual([100, 250, 500, 1000, 2000, 3750, 3750]);
});

test("a small limit applies from the first wait on; reset restarts with the shortest wait", () => {
  const backoff = new Backoff(50, () => 0.5);
  expect(waits(backoff, 2)).toEqual([50, 50]);
  const long = new Backoff(3000, () => 0.5);
  waits(long, 5);
  long.reset();
  expect(waits(long, 2)).toEqual([80, 200]);
});
