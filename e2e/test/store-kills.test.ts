import { join } from "node:path";

import { expect, test } from "vitest";

import { command } from "../src/command.ts";
import { root } from "../src/paths.ts";

/** `pnpm test:long` kills it 200 times. */
test("libsqlite3: a server that is killed while clients submit loses no acknowledged job", {
  timeout: 180_000,
}, async () => {
  const script = join(root, "e2e/faults/store-kills.ts");
  const args = ["--conditions=source", script, "--store", "libsqlite3", "--kills", "8"];
  const output = await command(process.execPath, args);
  expect(output).toMatch(/^kills 8, each with [1-9]\d* submits or more under way$/m);
  expect(output).toMatch(/acknowledged [1-9]\d{2,}, refused 0,/);
  expect(output).toContain("lost 0, wrongly repeated 0, foreign 0, left over 0\n");
});
