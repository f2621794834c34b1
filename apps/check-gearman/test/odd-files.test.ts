// @module-tag slow
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { check } from "./check-process.ts";

test.for([
  [
    "a FIFO without a writer",
    (path: string) => execFileSync("mkfifo", [path]),
    "A FIFO that no process writes",
  ],
  ["a folder", (path: string) => mkdirSync(path), "Is a directory"],
] as const)("a key file that is %s: the reason, UNKNOWN", async ([, make, reason], context) => {
  const path = join(tmpFolder(context), "key");
  make(path);
  const args = ["-H", "127.0.0.1:1", "-q", "q", "-s", "x", `--keyfile=${path}`];
  const { exitCode, stdout } = await check(context, args);
  expect(exitCode).toBe(3);
  expect(stdout).toContain(`could not open file: ${path}: ${reason}`);
});
