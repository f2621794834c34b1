import { join } from "node:path";

import { expect, test } from "vitest";

import { command } from "../src/command.ts";
import { needs } from "../src/needs.ts";
import { root } from "../src/paths.ts";

/** Each kind of fault once; `pnpm test:long` does it twenty times at 500 checks a second. */
test("of two job servers one is killed, stopped and cut off: no check is lost, doubled, held or late", {
  timeout: 180_000,
}, async (context) => {
  needs(context, { jobServer: "the real gearmand" });
  const script = join(root, "e2e/faults/job-servers.ts");
  const args = ["--conditions=source", script, "--rounds", "1", "--rate", "100", "--slow-machine"];
  const output = await command(process.execPath, args);
  expect(output).toMatch(/faults: kill 1, stop 1, drop [01]\n/);
  expect(output).toContain("lost 0, doubled 0, held 0\n");
  expect(output).toMatch(/late: 0$/);
});
