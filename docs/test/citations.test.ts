import { describe, expect, test } from "vitest";
import { citationsOf, idsOf, misspelledIn, SPECIFICATIONS } from "../src/citations.ts";
import { itemsOf, sectionsOf, tableRowsOf } from "../src/markdown.ts";
import { lineAt, read, textFiles } from "../src/repository.ts";

/** The tests of the spelling contain wrong examples. */
const OWN_TEST = "docs/test/citations.test.ts";
const files = textFiles().filter(({ path }) => path !== OWN_TEST);
const deviations = tableRowsOf(read("docs/spec/deviations.md"));

const sections = new Map<string, ReadonlySet<string>>(
  SPECIFICATIONS.map((name) => [`${name}.md`, new Set(sectionsOf(read(`docs/spec/${name}.md`)))] as const),
);
// its checks are rows of a table, its rules a numbered list
const abi = read("native/neb/abi/README.md");
sections.set(
  "abi/README.md",
  new Set([...sectionsOf(abi), ...itemsOf(abi), ...tableRowsOf(abi).map(([number = ""]) => number)]),
);

describe("every citation of a section resolves to a heading", () => {
  test("in code, tests and documentation", () => {
    const missing = files.flatMap(({ path, text }) =>
      citationsOf(text)
        .filter(({ document, section }) => sections.get(document)?.has(section) !== true)
        .map(({ document, section, offset }) => `${path}:${lineAt(text, offset)}: ${document} ${section}`),
    );
    expect(missing).toEqual([]);
  });

  test("every part of the code has citations", () => {
    const citing = new Set(
      files
        .filter(({ text }) => citationsOf(text).length > 0)
        .map(({ path }) => path.split("/").slice(0, 2).join("/")),
    );
    expect([...citing]).toEqual(
      expect.arrayContaining([
        "apps/worker",
        "packages/server",
        "packages/config",
        "native/neb",
        "native/addon",
        "native/epn",
      ]),
    );
  });

  test("the numbers of the layout proof are rows of its description", () => {
    const numbered = files
      .filter(({ path }) => /^native\/neb\/src\/(?:.*\/)?proof/.test(path))
      .flatMap(({ text }) => text.match(/(?<![\w.])4\.\d+(?![\w.])/g) ?? []);
    expect(numbered.length).toBeGreaterThan(10);
    expect(numbered.filter((number) => sections.get("abi/README.md")?.has(number) !== true)).toEqual([]);
  });

  test("all have the same spelling", () => {
    const misspelled = files.flatMap(({ path, text }) =>
      misspelledIn(text).map((found) => `${path}:${lineAt(text, found.offset)}: ${found.text}`),
    );
    expect(misspelled).toEqual([]);
  });
});

describe("every id of a deviation is a row of the table", () => {
  const rows = new Set(deviations.map(([id = ""]) => id));

  test("in code, tests and documentation", () => {
    const unknown = files.flatMap(({ path, text }) =>
      idsOf(text)
        .filter(({ id }) => !rows.has(id))
        .map(({ id, offset }) => `${path}:${lineAt(text, offset)}: ${id}`),
    );
    expect(unknown).toEqual([]);
  });

  test("rows are complete: id, section, originals, ours, why", () => {
    expect(deviations.filter((row) => row.length !== 5 || row.some((cell) => cell === ""))).toEqual([]);
  });

  test("numbers increase without gaps or duplicates", () => {
    const byLetter = Object.groupBy(
      deviations.map(([id = ""]) => id),
      (id) => id.slice(0, 1),
    );
    for (const [letter, ids = []] of Object.entries(byLetter))
      expect(ids).toEqual(ids.map((_, at) => `${letter}${at + 1}`));
    expect(Object.keys(byLetter).sort()).toEqual(["D", "N", "T", "W", "X"]);
  });

  test("every row cites a section of a specification", () => {
    const without = deviations.filter(([, section = ""]) => citationsOf(section).length === 0);
    expect(without).toEqual([]);
  });
});

describe("how citations are found", () => {
  test.for<[text: string, expected: string[]]>([
    ["Source: worker.md 4.3.", ["worker.md 4.3"]],
    ["(tools.md 3.1, 3.2 and 8)", ["tools.md 3.1", "tools.md 3.2", "tools.md 8"]],
    [
      "job-server.md 2.2, 2.5–2.8, 3; tools.md 3.4",
      ["2.2", "2.5", "2.8", "3"].map((n) => `job-server.md ${n}`).concat("tools.md 3.4"),
    ],
    [" * Source: wire-format.md\n *   4.2; neb-module.md 3.2", ["wire-format.md 4.2", "neb-module.md 3.2"]],
    ["// as in worker.md\n// 2.1", ["worker.md 2.1"]],
    ["# worker.md\n# 7.3", ["worker.md 7.3"]],
    [
      "worker.md 4.3 (process set-up), 4.4 (timeout, 2 s), 8.5",
      ["4.3", "4.4", "8.5"].map((n) => `worker.md ${n}`),
    ],
    ["abi/README.md 4.13", ["abi/README.md 4.13"]],
    ["[worker.md](worker.md) and my-worker.md 3", []],
  ])("%j", ([text, expected]) =>
    expect(citationsOf(text).map(({ document, section }) => `${document} ${section}`)).toEqual(expected),
  );

  test("with their offset", () => {
    const text = "one\n * two: worker.md\n *   4.3\n // D7,\n // tools.md 1";
    expect(citationsOf(text).map(({ offset }) => lineAt(text, offset))).toEqual([2, 5]);
    expect(idsOf(text).map(({ offset }) => lineAt(text, offset))).toEqual([4]);
  });

  test.for<[text: string, expected: string[]]>([
    ["a job cannot end the process (D11)", ["D11"]],
    ["T1–T3, X6", ["T1", "T3", "X6", "T1", "T2", "T3"]],
    ["N1 to N3", ["N1", "N3", "N1", "N2", "N3"]],
    ["mistyped: D110, X999", ["D110", "X999"]],
    ["U+00A0, C1, D1.5, XD1, D0, T-1, $X1, SD11", []],
  ])("%j", ([text, expected]) => expect(idsOf(text).map(({ id }) => id)).toEqual(expected));

  test.for([
    "worker specification 4.3",
    "wire-format spec 3.1",
    "spec neb-module 6.3",
    "(job-server\n * spec 2.6)",
    "Source: spec 8.3",
    "texts of specification 7.3",
    "`worker.md` 4.4",
    "tools.md section 6",
    "(tools.md 2.1-2.4)",
    "job-server.md, table 1.2",
    "§2.11",
    "(`abi/README.md`, section 4)",
  ])("%j is another spelling", (text) => expect(misspelledIn(text)).toHaveLength(1));

  test.for(["worker.md 4.3", "the worker specification says so", "a spec file", "RFC 3629, section 4"])(
    "%j is not a citation",
    (text) => expect(misspelledIn(text)).toEqual([]),
  );
});
