import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { run, TestWorld } from "./world.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const commands = (/```sh\n([\s\S]*?)```/.exec(readme)?.[1] ?? "").trim().split("\n");

test.for(commands)("%s", async (command) => {
  const [name, ...args] = command.split(" ");
  const world = new TestWorld();
  const code = await run([...args, "--config-file=/dev/null", "--check-args"], world);
  expect([name, code, world.errors]).toEqual(["gearmand", 0, []]);
});
