// @module-tag slow
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { testFolder } from "./native-program.ts";

const fixture = new URL("fixtures/exit-after.ts", import.meta.url).pathname;
const LIMIT_MS = 30_000;

test("a hanging thread of Node's pool does not prevent the end of the process", () => {
  const fifo = join(testFolder(), "fifo");
  execFileSync("mkfifo", [fifo]);
  const args = ["--disable-warning=ExperimentalWarning", fixture, fifo];
  const { status, signal } = spawnSync(process.execPath, args, { timeout: LIMIT_MS });
  expect([status, signal]).toEqual([5, null]);
});
