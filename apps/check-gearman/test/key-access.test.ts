// @module-tag slow
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { check } from "./check-process.ts";

test("a key file readable by all: reported with --check-config and -v, not at every call", async (context) => {
  const path = join(tmpFolder(context), "key");
  writeFileSync(path, "a key of more than 16 bytes\n");
  chmodSync(path, 0o644);
  const args = ["-H", "127.0.0.1:1", "-q", "q", "-s", "x", `--keyfile=${path}`];
  const text = `every user may read ${path}, which holds a key (mode 0644)`;
  expect((await check(context, [...args, "--check-config"])).stdout).toContain(text);
  expect((await check(context, [...args, "-v"])).stderr).toContain(text);
  const called = await check(context, args);
  expect(`${called.stdout}${called.stderr}`).not.toContain("which holds a key");
  chmodSync(path, 0o640);
  expect((await check(context, [...args, "--check-config"])).stdout).not.toContain("which holds a key");
});
