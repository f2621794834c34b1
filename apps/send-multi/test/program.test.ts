// @module-tag slow
import { expect, test } from "vitest";
import { sender } from "./built-program.ts";

test("help and settings in effect are printed as UTF-8", async (context) => {
  const help = await sender.run(context, ["-h"]);
  expect(help.code).toBe(3);
  expect(help.stdout).toContain("--server=HOST[:PORT][,…]");
  const checked = await sender.run(context, ["--host=höst", "--check-config"]);
  expect(checked.code).toBe(0);
  expect(checked.stdout).toContain("höst");
});
