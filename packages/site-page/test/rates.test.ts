import { expect, test } from "vitest";
import { RateKeeper } from "../src/model/rates.ts";
import { queue } from "./parts.ts";

test("jobs that come and go per second, from counters", () => {
  const rates = new RateKeeper();
  const sample = (ms: number, more: Parameters<typeof queue>[1]) => rates.sample("a", queue("q", more), ms);
  expect(sample(0, { waiting: 4, grabs: 100 })).toEqual({
    inPerSecond: null,
    outPerSecond: null,
    history: [],
  });
  // 20 taken, 6 more wait: 26 came
  expect(sample(2000, { waiting: 10, grabs: 120 })).toEqual({
    inPerSecond: 13,
    outPerSecond: 10,
    history: [10],
  });
  expect(sample(2400, { waiting: 99, grabs: 999 }).history).toEqual([10]); // too soon for a rate
  // one lost by a worker waits again, two were dropped
  expect(sample(3000, { waiting: 9, grabs: 120, requeued: 1, drops: 2 })).toEqual({
    ...{ inPerSecond: 0, outPerSecond: 0, history: [10, 0] },
  });
  // another server under the same name
  expect(sample(4000, { waiting: 1, grabs: 3 })).toMatchObject({ inPerSecond: null, history: [10, 0, 1] });
});

test("a server without counters has a history of what waits; it ends after 60 values", () => {
  const rates = new RateKeeper();
  let last: readonly number[] = [];
  for (let second = 0; second <= 70; second++)
    last = rates.sample("a", { name: "q", waiting: second, running: 0, workers: 0 }, second * 1000).history;
  expect(last).toHaveLength(60);
  expect(last.at(-1)).toBe(70);
});

test("queues that are gone for a minute are forgotten", () => {
  const rates = new RateKeeper();
  rates.sample("a", queue("q"), 0);
  rates.sample("a", queue("q"), 1000);
  for (let round = 0; round < 62; round++) rates.endRound();
  expect(rates.sample("a", queue("q"), 99_000).history).toEqual([]);
});
