import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tmpFolder } from "../src/tmp-folder.ts";

test("the folder exists during the test and is removed afterwards with its content", () => {
  const finish: (() => void | Promise<void>)[] = [];
  const folder = tmpFolder({ onTestFinished: (fn) => finish.push(fn) });
  writeFileSync(join(folder, "file"), "x");
  expect(existsSync(join(folder, "file"))).toBe(true);
  for (const fn of finish) void fn();
  expect(existsSync(folder)).toBe(false);
});
