import { expect, test } from "vitest";
import { levelAllows, levelFromDebug, levelFromVerbose } from "../src/levels.ts";

test.for([
  [-1, "info"],
  [0, "info"],
  [1, "debug"],
  [2, "trace"],
  [10, "trace"],
] as const)("debug %d is level %s", ([debug, level]) => expect(levelFromDebug(debug)).toBe(level));

test.for([
  ["FATAL", "error"],
  ["ERROR", "error"],
  ["WARNING", "warn"],
  ["NOTICE", "info"],
  ["INFO", "info"],
  ["DEBUG", "debug"],
  ["info", undefined],
  ["", undefined],
] as const)("--verbose %s is level %s", ([word, level]) => expect(levelFromVerbose(word)).toBe(level));

test("a logger takes its own level and everything more severe", () => {
  expect(levelAllows("warn", "error")).toBe(true);
  expect(levelAllows("warn", "warn")).toBe(true);
  expect(levelAllows("warn", "info")).toBe(false);
});
