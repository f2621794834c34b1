import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";
import { anchorsOf, headingsOf, itemsOf, linksOf, sectionsOf, tableRowsOf } from "../src/markdown.ts";
import { lineAt, ROOT, read, textFiles } from "../src/repository.ts";

const documents = textFiles().filter(({ path }) => path.endsWith(".md"));

/** The problem of a link, if any. */
function problemOf(path: string, target: string): string | undefined {
  const [file = "", anchor] = target.split("#", 2);
  const found = file === "" ? path : normalize(join(dirname(path), file));
  if (found.startsWith("..")) return "leads out of the repository";
  if (!existsSync(join(ROOT, found))) return "does not exist";
  if (anchor === undefined) return undefined;
  return found.endsWith(".md") && anchorsOf(read(found)).includes(anchor) ? undefined : "has no such heading";
}

test("every relative link of the documentation resolves to a file, and to a heading in it", () => {
  const broken = documents.flatMap(({ path, text }) =>
    linksOf(text)
      .filter(({ target }) => !/^[a-z]+:/.test(target))
      .flatMap(({ target, offset }) => {
        const problem = problemOf(path, target);
        return problem === undefined ? [] : [`${path}:${lineAt(text, offset)}: ${target} ${problem}`];
      }),
  );
  expect(documents.length).toBeGreaterThan(30);
  expect(broken).toEqual([]);
});

/** Targets of a link to a folder: its README, or else all its files. */
function inFolder(folder: string): string[] {
  const readme = `${folder}/README.md`;
  if (existsSync(join(ROOT, readme))) return [readme];
  return documents.map(({ path }) => path).filter((path) => dirname(path) === folder);
}

/** Files and folders that the links of a document refer to. */
function targetsOf(path: string): string[] {
  return linksOf(read(path))
    .map(({ target }) => target.split("#", 1)[0] ?? "")
    .filter((file) => file !== "" && !/^[a-z]+:/.test(file))
    .map((file) => normalize(join(dirname(path), file)).replace(/\/$/, ""));
}

test("every document is reached by links from the README", () => {
  const reached = new Set(["README.md"]);
  for (const path of reached) {
    const next = path.endsWith(".md") ? targetsOf(path) : inFolder(path);
    for (const target of next) if (existsSync(join(ROOT, target))) reached.add(target);
  }
  const lost = documents.filter(({ path }) => !reached.has(path) && !/^\.(?:changeset|github)\//.test(path));
  expect(lost.map(({ path }) => path)).toEqual([]);
});

describe("parsing of Markdown", () => {
  const text =
    "# One `two` & three\n\n```\n# none\n[a](b)\n```\n## 4. Four\n### 4.1 Sub\n## 4. Four\n[x](y.md#z) `[c](d)` ![p](q.svg)\n";

  test("headings, except in code", () =>
    expect(headingsOf(text)).toEqual(["One `two` & three", "4. Four", "4.1 Sub", "4. Four"]));
  test("anchors", () => expect(anchorsOf(text)).toEqual(["one-two--three", "4-four", "41-sub", "4-four-1"]));
  test("numbers of sections", () => expect(sectionsOf(text)).toEqual(["4", "4.1", "4"]));
  test("numbered items", () =>
    expect(itemsOf("## 3. Three\n1. one\n   more\n2. two\n")).toEqual(["3.1", "3.2"]));
  test("links, except in code", () =>
    expect(linksOf(text).map(({ target }) => target)).toEqual(["y.md#z", "q.svg"]));
  test("rows of tables", () =>
    expect(tableRowsOf("| a | b |\n|---|:-:|\n| 1 \\| 2 | 3 |\n| 4 | 5 |\n")).toEqual([
      ["1 \\| 2", "3"],
      ["4", "5"],
    ]));
});
