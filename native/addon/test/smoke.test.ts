// @module-tag slow
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

const program = new URL("../scripts/smoke.ts", import.meta.url).pathname;
const LIMIT_MS = 150_000;

test("everything that depends on the machine, as run on an emulated arm64", { timeout: 2 * LIMIT_MS }, () => {
  const args = ["--disable-warning=ExperimentalWarning", program];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    timeout: LIMIT_MS,
  });
  expect(stderr).toBe("");
  expect(stdout).toMatch(/: plugins of a killed worker end\n.*: the addon works\n$/);
  expect(status).toBe(0);
});
