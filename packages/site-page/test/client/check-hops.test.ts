import { expect, test } from "vitest";
import { hopsOf } from "../../src/client/check-hops.ts";

test("the largest hop is the one that took long; the worker's clock is moved, not added up", () => {
  const timesMs = {
    ...{ planned: 1000, taken: 1010, accepted: 1012, queued: 1015 },
    ...{ grabbed: 91_520, started: 91_522, ended: 91_622, sent: 91_623 },
    ...{ fetched: 1630, applied: 1632 },
  };
  const hops = hopsOf({ host: "web", timesMs, clockDifferenceMs: 90_000 });
  expect(hops.map(({ name, lengthMs }) => [name, lengthMs])).toEqual([
    ["late at the core", 10],
    ["to the bridge", 2],
    ["to the job server", 3],
    ["waiting in the queue", 505],
    ["before the plugin", 2],
    ["plugin runs", 100],
    ["result is sent", 1],
    ["result waits", 7],
    ["to the core", 2],
  ]);
  expect(hops[3]?.fromMs).toBe(15);
});

test("moments that are not known are left out, none takes less than nothing", () => {
  const hops = hopsOf({ host: "web", timesMs: { taken: 1000, queued: 990, fetched: 3000, applied: null } });
  expect(hops.map(({ name, lengthMs }) => [name, lengthMs])).toEqual([
    ["to the job server", 0],
    ["result waits", 2000],
  ]);
});
