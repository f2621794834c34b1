// @module-tag slow
import { expect, test } from "vitest";
import { sender } from "./built-program.ts";

test("a Node.js that is too old: one line, and the exit code of a failed start", async (context) => {
  const line = "send_gearman: needs Node.js 22.13 or newer, this is 20.20.2\n";
  expect(await sender.runOnOldNode(context, ["-V"])).toEqual({ code: 3, stdout: "", stderr: line });
});
