import { readFileSync } from "node:fs";
import { nodeFiles } from "@mod-gearman/config";
import { loadTop } from "@mod-gearman/program";
import { expect, test } from "vitest";
import { KEY_HELP } from "../src/controls.ts";
import { HISTORY_QUEUES, HISTORY_SAMPLES } from "../src/model.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const commands = (/```sh\n([\s\S]*?)```/.exec(readme)?.[1] ?? "").trim().split("\n");

test.for(commands)("%s", (command) => {
  const [name, ...args] = command.split(" ");
  const request = loadTop(args, nodeFiles);
  if (!("options" in request)) throw new Error("no options");
  expect([name, request.warnings]).toEqual(["gearman_top", []]);
});

test("every key of the help line is in the table", () => {
  const keys = readme.split("\n").filter((line) => line.startsWith("| `") || line.startsWith("| Up"));
  for (const [key] of KEY_HELP.filter(([one]) => one.length === 1)) {
    expect(keys.some((line) => line.includes(`\`${key}\``))).toBe(true);
  }
});

test("bounds", () => {
  expect(readme).toContain(`${HISTORY_SAMPLES} answers of at most ${HISTORY_QUEUES} queues`);
});
