import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { releaseScript } from "./release-script.ts";

const { publishedPackages } = await releaseScript<{
  publishedPackages(): { name: string; folder: string }[];
}>("npm");
const { programs } = await releaseScript<{ programs: readonly { app: string }[] }>("programs");

interface Manifest {
  readonly name: string;
  readonly files?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
}
const manifests = publishedPackages().map(
  ({ folder }) => JSON.parse(readFileSync(`${folder}/package.json`, "utf8")) as Manifest,
);
const names = manifests.map(({ name }) => name);

test("every program is published", () =>
  expect(names).toEqual(expect.arrayContaining(programs.map(({ app }) => `@mod-gearman/${app}`))));

test("a published package depends on published packages only", () => {
  for (const { name, dependencies = {} } of manifests) {
    const ours = Object.keys(dependencies).filter((one) => one.startsWith("@mod-gearman/"));
    expect(
      ours.filter((one) => !names.includes(one)),
      name,
    ).toEqual([]);
  }
});

test("every published package says what it consists of", () =>
  expect(manifests.filter(({ files }) => files === undefined).map(({ name }) => name)).toEqual([]));
