// @module-tag slow
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { sender } from "./built-program.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const commands = (/```sh\n([\s\S]*?)```/.exec(readme)?.[1] ?? "").trim().split("\n");

test.for(commands)("%s", (command) => {
  const program = `send_gearman() { cat >/dev/null; '${sender.command.join("' '")}' "$@" --check-config; }`;
  const report = execFileSync("/bin/sh", ["-c", `${program}\n${command}`], { encoding: "utf8", input: "" });
  expect(report).toMatch(/server += (localhost:4730|job1:4730)/);
  expect(report).toContain("No warnings.");
});
