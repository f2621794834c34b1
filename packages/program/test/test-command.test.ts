import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { testCommandLine } from "../src/test-command.ts";

test("quotes every word except the first", () =>
  expect(testCommandLine(["/bin/x", "a b", 'q"', "$HOME", "`id`", "\\"]).toString()).toBe(
    '/bin/x "a b" "q\\"" "\\$HOME" "\\`id\\`" "\\\\"',
  ));

test("a shell parses the original words", () => {
  const words = ["a b", '"', "$HOME", "`id`", "\\", "'", "ä", ""];
  const line = testCommandLine(["printf", "%s\\n", ...words]).toString();
  expect(execFileSync("/bin/sh", ["-c", line], { encoding: "utf8" })).toBe(`${words.join("\n")}\n`);
});
