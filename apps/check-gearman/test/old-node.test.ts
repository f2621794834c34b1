// @module-tag slow
import { BuiltProgram } from "@mod-gearman/testkit";
import { expect, test } from "vitest";

const program = new BuiltProgram(new URL("../", import.meta.url));

test("a Node.js that is too old: one line, and the exit code of a failed start", async (context) => {
  const line = "check_gearman UNKNOWN - needs Node.js 22.13 or newer, this is 20.20.2\n";
  expect(await program.runOnOldNode(context, ["-V"])).toEqual({ code: 3, stdout: line, stderr: "" });
});
