import { describe, expect, test } from "vitest";
import { CHECK_HOPS, CHECK_POINTS, eachHop } from "../src/check-hops.ts";

type Hops = [hop: string, way: string, ms: number][];

function hopsOf(times: (number | null)[], clockDifferenceMs = 0): Hops {
  const hops: Hops = [];
  eachHop(times, clockDifferenceMs, (hop, from, to, ms) =>
    hops.push([String(CHECK_HOPS[hop]), `${CHECK_POINTS[from]} ${CHECK_POINTS[to]}`, ms]),
  );
  return hops;
}

const EVEN = CHECK_POINTS.map((_, at) => 1000 + at);

describe("500 ms at a hop are that hop, also with a worker's clock that is wrong", () => {
  test.for(CHECK_HOPS.flatMap((hop, at) => [0, 90_000, -90_000].map((ahead) => [hop, at, ahead] as const)))(
    "%s, clock %i %i ms ahead",
    ([hop, at, ahead]) => {
      const times = EVEN.map(
        (ms, point) => ms + (point > at ? 500 : 0) + (point >= 4 && point <= 7 ? ahead : 0),
      );
      const hops = hopsOf(times, ahead);
      expect(hops.map(([name]) => name)).toEqual(CHECK_HOPS);
      expect(hops.toSorted((a, b) => b[2] - a[2])[0]).toEqual([
        hop,
        `${CHECK_POINTS[at]} ${CHECK_POINTS[at + 1]}`,
        501,
      ]);
    },
  );
});

test("what is not known is part of the hop that says most", () => {
  const without = (...points: string[]) =>
    EVEN.map((ms, at) => (points.includes(CHECK_POINTS[at] ?? "") ? null : ms));
  expect(hopsOf(without("taken", "grabbed", "sent", "applied"))).toEqual([
    ["core", "planned accepted", 2],
    ["submit", "accepted queued", 1],
    ["wait", "queued started", 2],
    ["plugin", "started ended", 1],
    ["return", "ended fetched", 2],
  ]);
  expect(hopsOf(without("queued"))[2]).toEqual(["wait", "accepted grabbed", 2]);
  expect(hopsOf([])).toEqual([]);
});

test("no hop is negative, and their sum is the whole way", () => {
  const hops = hopsOf([0, 1, 2, 9, 5, 6, 10, 11, 12, 13]); // the acknowledgement came late
  expect(hops.map(([, , ms]) => ms)).toEqual([1, 1, 7, 0, 0, 1, 1, 1, 1]);
  expect(hops.reduce((sum, [, , ms]) => sum + ms, 0)).toBe(13);
});
