import { memoryLogger } from "@mod-gearman/observe";
import { ManualClock } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { KindsOfLines } from "../src/kinds-of-lines.ts";

test("lines of a kind that were left out are counted a second later, or at the end", () => {
  const logger = memoryLogger();
  const clock = new ManualClock();
  const lines = new KindsOfLines(logger, clock);
  for (const n of [1, 2, 3]) lines.warn("dropped count", `drop ${n}`);
  lines.warn("dropped age", "other kind");
  expect(logger.lines).toEqual(["warn: drop 1", "warn: other kind"]);
  clock.tick(1000);
  expect(logger.lines.slice(2)).toEqual(["warn: drop 3 (+1 similar)"]);
  lines.warn("dropped count", "drop 4"); // the one before has passed just now
  lines.close();
  expect(logger.lines.slice(3)).toEqual(["warn: drop 4"]);
  clock.tick(10_000);
  expect(logger.lines).toHaveLength(4);
});
