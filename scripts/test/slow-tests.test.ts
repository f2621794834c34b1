import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const files = globSync("{packages,apps,native}/*/test/**/*.test.{ts,tsx}", { cwd: root }).filter(
  (path) => !path.includes("node_modules"),
);

/** Slow commands that testkit's fixtures do not see: Perl and compilers started by the test itself. */
const STARTS = /\b(?:spawn|execFile)(?:Sync)?\(\s*"(?:perl|cc|c\+\+|g\+\+|make)"/;
const isTagged = (text: string): boolean =>
  /^\/\/ @module-tag slow$/m.test(text) || /tags: "slow"/.test(text);

/** The file and the files that it imports, recursively. */
function withImports(path: string, seen: Set<string> = new Set()): string[] {
  if (seen.has(path)) return [];
  seen.add(path);
  const text = read(path);
  const imported = [...text.matchAll(/from "(\.[^"]+)"/g)]
    .map((match) => join(dirname(path), match[1] ?? ""))
    .filter((other) => other.includes("/test/"));
  return [text, ...imported.flatMap((other) => withImports(other, seen))];
}

test("tests that start Perl or a compiler are tagged as slow", () => {
  const slow = files.filter((path) => withImports(path).some((text) => STARTS.test(text)));
  expect(slow).toContain("native/epn/test/script.test.ts");
  expect(slow.filter((path) => !isTagged(read(path)))).toEqual([]);
});

test("npm test and CI run every test: the cache of turbo is used by test:packages only", () => {
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  const cached = Object.keys(scripts).filter((name) => /\bturbo\b.*\btest\b/.test(scripts[name] ?? ""));
  expect(cached).toEqual(["test:packages"]);
  expect(scripts.test).toBe("node scripts/bootstrap.mjs test");
  for (const path of [".ci/run", "scripts/bootstrap.mjs", "scripts/check.mjs"]) {
    expect(read(path), path).not.toMatch(/test:packages|turbo[^\n]*["' ]test["' ]/);
    expect(read(path), path).not.toMatch(/tags-?filter/i);
  }
});
