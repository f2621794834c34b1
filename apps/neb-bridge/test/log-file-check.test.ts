import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";

import { logFileProblem } from "../src/log-file-check.ts";

test("a file that exists, one that is missing, and one in folders that are missing can be written; nothing is made", (context) => {
  const folder = tmpFolder(context);
  writeFileSync(join(folder, "log"), "kept");
  for (const path of ["log", "other", "a/b/log"]) expect(logFileProblem(join(folder, path))).toBeUndefined();
  expect(readdirSync(folder)).toEqual(["log"]);
});

test("a folder, and what would be below a file, cannot", (context) => {
  const folder = tmpFolder(context);
  mkdirSync(join(folder, "dir"));
  writeFileSync(join(folder, "file"), "");
  expect(logFileProblem(join(folder, "dir"))).toMatch(/^EISDIR/);
  expect(logFileProblem(join(folder, "file/log"))).toMatch(/^ENOTDIR/);
});
