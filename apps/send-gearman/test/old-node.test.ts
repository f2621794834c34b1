import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { sender } from "./built-program.ts";

/** What stands in for a Node.js that is too old. */
const OLD =
  'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } });';

test("a Node.js that is too old: one line, and the exit code of a start that failed", async (context) => {
  const old = join(tmpFolder(context), "old.cjs");
  writeFileSync(old, OLD);
  const ended = await sender.run(context, ["-V"], { env: { NODE_OPTIONS: `--require=${old}` } });
  const line = "send_gearman: needs Node.js 22.13 or newer, this is 20.20.2\n";
  expect(ended).toEqual({ code: 3, stdout: "", stderr: line });
});
