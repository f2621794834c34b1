import { expect, test } from "vitest";
import { levelAllows, levelFromDebug } from "../src/levels.ts";

test.for([
  [-1, "info"],
  [0, "info"],
  [1, "debug"],
  [2, "trace"],
  [10, "trace"],
] as const)("debug %d is level %s", ([debug, level]) => expect(levelFromDebug(debug)).toBe(level));

test("a logger accepts its own level and all more severe ones", () => {
  expect(levelAllows("warn", "error")).toBe(true);
  expect(levelAllows("warn", "warn")).toBe(true);
  expect(levelAllows("warn", "info")).toBe(false);
});
