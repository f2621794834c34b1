import { CHECK_POINTS } from "@mod-gearman/observe";
import { expect, test } from "vitest";
import { CheckTimelines, type FinishedCheck } from "../src/check-timelines.ts";

/** Of a plugin that ran so long; NaN: its times are not known. */
function add(timelines: CheckTimelines, key: string, pluginMs: number, timeoutSeconds: number): void {
  const check: FinishedCheck = {
    ...{ key, queue: "service", unique: "", worker: "w1", state: 0, clockDifferenceMs: 0, timeoutSeconds },
  };
  const times = CHECK_POINTS.map((point) => (point === "ended" ? 1_000_000 + pluginMs : 1_000_000));
  timelines.add(check, times);
}

test("the slowest: the newest run of each object, those first that took most of their limit", () => {
  const timelines = new CheckTimelines(6);
  add(timelines, "forgotten", 60_000, 60);
  add(timelines, "was slow", 50_000, 60);
  add(timelines, "was slow", 100, 60);
  add(timelines, "long", 90_000, 3600);
  add(timelines, "near", 9000, 10);
  add(timelines, "no limit known", 30_000, 0);
  add(timelines, "no times", Number.NaN, 60);
  const shown = timelines.slowest(9, 0).map(({ key, timeoutSeconds }) => [key, timeoutSeconds]);
  expect(shown).toEqual([
    ["near", 10],
    ["no limit known", 0],
    ["long", 3600],
    ["was slow", 60],
  ]);
  expect(timelines.slowest(1, 0).map(({ key }) => key)).toEqual(["near"]);
});

test("the slowest: an object whose last result was fetched too long ago is left out", () => {
  const timelines = new CheckTimelines(6);
  add(timelines, "deleted", 50_000, 60);
  const shown = (sinceMs: number) => timelines.slowest(9, sinceMs).map(({ key }) => key);
  expect(shown(1_000_000)).toEqual(["deleted"]);
  expect(shown(1_000_001)).toEqual([]);
});
