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
