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
    isStill: false,
  });
  // 20 taken, 6 more wait: 26 came
  expect(sample(2000, { waiting: 10, grabs: 120 })).toEqual({
    inPerSecond: 13,
    outPerSecond: 10,
    history: [10],
    isStill: false,
  });
  expect(sample(2400, { waiting: 99, grabs: 999 }).history).toEqual([10]); // too soon for a rate
  // one lost by a worker waits again, two were dropped
  expect(sample(3000, { waiting: 9, grabs: 120, requeued: 1, drops: 2 })).toEqual({
    ...{ inPerSecond: 0, outPerSecond: 0, history: [10, 0], isStill: false },
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

test("a queue stands still if nothing is taken for half a minute although workers are idle", () => {
  const rates = new RateKeeper();
  let second = 0;
  const next = (waiting: number, running: number, workers = 1) => {
    const { isStill } = rates.sample("c", { name: "q", waiting, running, workers }, second * 1000);
    second += 1;
    return isStill;
  };
  const many = (count: number, read: (at: number) => boolean) =>
    Array.from({ length: count }, (_, at) => read(at));
  expect(many(30, (at) => next(5 + at, 0))).not.toContain(true); // more and more come
  expect(next(40, 0)).toBe(true);
  expect(next(39, 0)).toBe(false); // one was taken
  expect(many(40, () => next(5, 1))).not.toContain(true); // a long job runs
  expect(many(40, () => next(0, 0))).not.toContain(true);
  expect(many(40, () => next(5, 0, 0))).not.toContain(true); // another finding: no worker
});

test("a part that has not been read again changes neither rates nor history", () => {
  const rates = new RateKeeper();
  rates.sample("a", queue("q", { grabs: 0 }), 0);
  const part = queue("q", { grabs: 50 });
  const wanted = { inPerSecond: 10, outPerSecond: 10, history: [10], isStill: false };
  for (const ms of [5000, 6000, 7000]) expect(rates.sample("a", part, ms)).toEqual(wanted);
  expect(rates.sample("a", queue("q", { grabs: 100 }), 10_000)).toMatchObject({
    ...wanted,
    history: [10, 10],
  });
});
