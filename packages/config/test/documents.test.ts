import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { documents } from "../scripts/documents.ts";
import { manuals } from "../scripts/manuals/all.ts";

const root = new URL("../../../", import.meta.url);
const docs = new URL("docs/", root);

test.for(documents())("docs/$name matches the schema", ({ name, text }) =>
  expect(readFileSync(new URL(name, docs), "utf8")).toBe(text),
);

/** Not of a configuration: tests of the bridge compare its answer with it. */
const BY_HAND = ["bridge-checks.json", "peeked-jobs.json", "site.json"];

test.for(["options", "man", "completions/bash", "completions/zsh", "schema"])(
  "docs/%s contains no other files",
  (folder) => {
    const generated = documents().map((one) => one.name.split("/"));
    const here = generated.filter((parts) => parts.slice(0, -1).join("/") === folder);
    expect(
      readdirSync(new URL(`${folder}/`, docs))
        .filter((name) => !BY_HAND.includes(name))
        .toSorted(),
    ).toEqual(here.map((parts) => parts.at(-1)).toSorted());
  },
);

test("every installed program has a manual", () => {
  const apps = new URL("apps/", root);
  const programs = readdirSync(apps).flatMap((app) => {
    const text = readFileSync(new URL(`${app}/package.json`, apps), "utf8");
    return Object.keys((JSON.parse(text) as { bin: Record<string, string> }).bin);
  });
  expect(manuals.map((one) => one.name).toSorted()).toEqual(programs.toSorted());
});

test("every program has options for settings, help and version", () => {
  for (const { name, help, further } of manuals) {
    const words = [
      ...help.switches.flatMap((one) => one.words),
      ...Object.keys(help.table).map((one) => `--${one}`),
    ];
    expect(words, name).toEqual(
      expect.arrayContaining(["--check-config", "--help", "--version", "-h", "-V"]),
    );
    expect(further === undefined || name === "mod_gearman_bridge").toBe(true);
  }
});
