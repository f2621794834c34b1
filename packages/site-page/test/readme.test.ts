import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const folder = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

/** The first fenced block of `language` in the README. */
function block(language: string): string {
  return new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(readme)?.[1] ?? "";
}

test("the example in the README prints what it says", () => {
  const flags = ["--experimental-strip-types", "--no-warnings", "--conditions=source"];
  const code = ["--input-type=module-typescript", "--eval", block("ts")];
  const printed = execFileSync(process.execPath, [...flags, ...code], { cwd: folder, encoding: "utf8" });
  expect(printed).toBe("Queue service has no worker, 3 jobs wait, the oldest for 1 min 1 s.\n");
});
