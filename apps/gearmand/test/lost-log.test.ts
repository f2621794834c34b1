import { tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { quiet, run, TestWorld } from "./world.ts";

test.for([
  ["--log-file=stderr", true],
  ["--log-file=none", false],
] as const)("--daemon with %s: a lost log is reported", async ([word, isLost], context) => {
  const args = [
    ...quiet(tmpFolder(context), "-d", "--verbose=INFO").filter((one) => !one.startsWith("--log-file")),
    word,
  ];
  const text = "with --daemon a log on stderr is lost";
  const world = new TestWorld();
  await run(args, world);
  expect(world.errors.join().includes(text)).toBe(isLost);
  const checked = new TestWorld();
  await run([...args, "--check-config"], checked);
  expect(checked.printed.includes(text)).toBe(isLost);
});
