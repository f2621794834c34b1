import { expect, test } from "vitest";
import { runProgram } from "./built-program.ts";

test("help and settings in effect keep their letters", async (context) => {
  const help = await runProgram(context, ["-h"]);
  expect(help.code).toBe(3);
  expect(help.stdout).toContain("--server=HOST[:PORT][,…]");
  const checked = await runProgram(context, ["--host=höst", "--check-config"]);
  expect(checked.code).toBe(0);
  expect(checked.stdout).toContain("höst");
});
