import { readFileSync } from "node:fs";
import { loadCheckGearman } from "@mod-gearman/program";
import { expect, test } from "vitest";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const commands = (/```sh\n([\s\S]*?)```/.exec(readme)?.[1] ?? "")
  .trim()
  .split("\n")
  .map((line) => line.replace(/\s+#.*/, ""));

test("contains examples", () => expect(commands.length).toBeGreaterThan(4));

test.for(commands)("%s", (command) => {
  const [name, ...argv] = command.split(" ");
  expect(name).toBe("check_gearman");
  const files = {
    readFile: () => Buffer.from("a long key in a file\n"),
    readDir: () => [],
    isDirectory: () => false,
  };
  const request = loadCheckGearman(argv, files);
  expect("options" in request && request.warnings).toEqual([]);
});
