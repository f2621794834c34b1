import { join } from "node:path";

import { expect, test } from "vitest";

import { command } from "../src/command.ts";
import { root } from "../src/paths.ts";

/** `pnpm test:long` does it with larger numbers. */
test("a job server under strain serves other clients and has no defect", { timeout: 120_000 }, async () => {
  const script = join(root, "e2e/faults/server-stress.ts");
  const few = ["--seconds", "2", "--idle", "300", "--storm", "300", "--functions", "3000"];
  const output = await command(process.execPath, ["--conditions=source", script, ...few]);
  expect(output.match(/others waited \d+ ms at most \([1-9]\d* echoes\)/g)).toHaveLength(7);
  expect(output).toContain("300 workers, all woken");
  expect(output).toContain("300 workers served");
  expect(output).toContain("clock jumps: a day forward, two days back;");
  expect(output).toMatch(/\nno defect$/);
});
