import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { tmpFolder } from "@mod-gearman/testkit";
import { expect, type TestContext, test } from "vitest";

/** The script is JavaScript without declarations. */
const { importProblems } = (await import(new URL("../import-cycles.mjs", import.meta.url).href)) as {
  importProblems(
    source: string,
    files: readonly string[],
    rules: { readonly folders: readonly string[] | undefined },
  ): string[];
};

/** A package of files with their imports. */
function sources(context: TestContext, files: Readonly<Record<string, string>>) {
  const source = tmpFolder(context);
  const paths = Object.entries(files).map(([name, text]) => {
    const path = join(source, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  });
  return { source, paths };
}

test("files that import each other are a problem, also by types only", (context) => {
  const { source, paths } = sources(context, {
    "a.ts": 'import type { B } from "./b.ts";',
    "b.ts": 'import { c } from "./c.ts";',
    "c.ts": 'await import("./a.ts");',
    "d.ts": 'import "./a.ts";',
  });
  const problems = importProblems(source, paths, { folders: undefined });
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(/a\.ts.*b\.ts.*c\.ts/);
  expect(problems[0]).not.toContain("d.ts");
});

test("a file that imports from a higher folder is a problem where folders have an order", (context) => {
  const { source, paths } = sources(context, {
    "low/a.ts": 'import { b } from "../high/b.ts";',
    "high/b.ts": "export const b = 1;",
    "high/c.ts": 'import "../low/d.ts";',
    "low/d.ts": "",
  });
  expect(importProblems(source, paths, { folders: undefined })).toEqual([]);
  const problems = importProblems(source, paths, { folders: ["low", "high", "."] });
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain("low/a.ts");
});
