import { expect, test } from "vitest";

interface Change {
  readonly names: readonly string[];
  readonly bump: string;
  readonly body: string;
}

/** The script is JavaScript without declarations. */
const { parseChangeset, printSection, addSection } = (await import(
  new URL("../changelog.mjs", import.meta.url).href
)) as {
  parseChangeset(text: string): Change;
  printSection(version: string, date: string, changes: readonly Change[]): string;
  addSection(changelog: string, section: string): string;
};

const changeset = (packages: Readonly<Record<string, string>>, body: string): string =>
  `---\n${Object.entries(packages)
    .map(([name, bump]) => `"@mod-gearman/${name}": ${bump}\n`)
    .join("")}---\n\n${body}\n`;
const section = (...texts: string[]): string =>
  printSection(
    "1.2.0",
    "2026-12-01",
    texts.map((text) => parseChangeset(text)),
  );

test("a changeset names packages, the highest bump and a text", () => {
  const text = changeset({ runner: "patch", worker: "minor" }, "Plugins end.\nAll of them.");
  expect(parseChangeset(text)).toEqual({
    ...{ names: ["runner", "worker"], bump: "minor", body: "Plugins end.\nAll of them." },
  });
});

test("a file without packages is an error", () => {
  expect(() => parseChangeset("Plugins end.\n")).toThrow("list of packages");
});

test.each([
  ["a program", { "neb-bridge": "patch", config: "patch" }, "Module and bridge"],
  ["a library of a program", { runner: "patch", config: "patch" }, "Worker"],
  ["a program beside libraries of another one", { gearmand: "patch", runner: "patch" }, "Job server"],
  ["two programs of one part", { "send-gearman": "patch", "send-multi": "patch" }, "Tools"],
  ["programs of two parts", { "send-gearman": "patch", worker: "patch" }, "Several programs"],
  ["a library of all", { protocol: "patch" }, "Libraries"],
])("a change of %s is under its heading", (_, packages, heading) => {
  expect(section(changeset(packages, "Text."))).toBe(`## 1.2.0 (2026-12-01)\n\n### ${heading}\n\n- Text.\n`);
});

test("parts and changes are in order, and each change is one item", () => {
  const text = section(
    changeset({ gearmand: "patch" }, "Small."),
    changeset({ gearmand: "minor" }, "Large\nin two lines.\n\nAnd more."),
    changeset({ neb: "patch" }, "Module."),
  );
  expect(text).toBe(`## 1.2.0 (2026-12-01)

### Module and bridge

- Module.

### Job server

- Large
  in two lines.

  And more.
- Small.
`);
});

test("a new version stands above the former one, below the introduction", () => {
  expect(addSection("# Changes\n\nAbout.\n", "## 1\n")).toBe("# Changes\n\nAbout.\n\n## 1\n");
  expect(addSection("# Changes\n\n## 1\n\ntext\n", "## 2\n")).toBe("# Changes\n\n## 2\n\n## 1\n\ntext\n");
});
