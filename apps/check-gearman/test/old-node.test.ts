import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BuiltProgram, tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";

const program = new BuiltProgram(new URL("../", import.meta.url));

/** What stands in for a Node.js that is too old. */
const OLD =
  'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } });';

test("a Node.js that is too old: one line, and the exit code of a start that failed", async (context) => {
  const old = join(tmpFolder(context), "old.cjs");
  writeFileSync(old, OLD);
  const ended = await program.run(context, ["-V"], { env: { NODE_OPTIONS: `--require=${old}` } });
  const line = "check_gearman UNKNOWN - needs Node.js 22.13 or newer, this is 20.20.2\n";
  expect(ended).toEqual({ code: 3, stdout: line, stderr: "" });
});
