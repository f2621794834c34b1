import { expect, test } from "vitest";
import { rateLimited } from "../src/rate-limited.ts";

test("passes one line per span and counts the rest", () => {
  let now = 1000;
  const lines: string[] = [];
  const log = rateLimited(
    (text) => lines.push(text),
    60,
    () => now,
  );
  log("away");
  now += 59;
  log("away");
  log("away");
  now += 1;
  log("away");
  now += 60;
  log("away");
  expect(lines).toEqual(["away", "away (+2 similar)", "away"]);
});

test("with a timer the last of a row is passed at the end of the span, or at once by flush", () => {
  let now = 1000;
  const lines: string[] = [];
  const timers = new Map<() => void, number>();
  const log = rateLimited(
    (text) => lines.push(text),
    60,
    () => now,
    (run, delayMs) => {
      timers.set(run, now + delayMs);
      return () => timers.delete(run);
    },
  );
  for (const text of ["a", "b", "c", "d"]) log(text);
  expect([lines, [...timers.values()]]).toEqual([["a"], [1060]]);
  now = 1060;
  for (const run of timers.keys()) run();
  expect([lines, timers.size]).toEqual([["a", "d (+2 similar)"], 0]);
  log("e");
  log.flush();
  log.flush();
  expect([lines, timers.size]).toEqual([["a", "d (+2 similar)", "e"], 0]);
  now += 60;
  log("f");
  expect([lines.at(-1), timers.size]).toEqual(["f", 0]);
});

test("continues after the clock was set back", () => {
  let now = 1000;
  const lines: string[] = [];
  const log = rateLimited(
    (text) => lines.push(text),
    60,
    () => now,
  );
  log("a");
  now = 10;
  log("b");
  expect(lines).toEqual(["a", "b"]);
});
