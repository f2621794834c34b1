// @module-tag slow
// What rpm says about the packages in dist/ beside each other and beside the classic one.
import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { tmpFolder } from "@mod-gearman/testkit";
import { expect, type TestContext, test } from "vitest";
import { built } from "./dist.ts";
import { releaseScript } from "./release-script.ts";

const { nfpm } = await releaseScript<{ nfpm(): string }>("tools");

/** Packages of a system, which the tests do not have. */
const OF_SYSTEM = /^(?:lib[a-z_+]+\.so\S*|\/usr\/sbin\/user\w+|util-linux) is needed by /;

/** An rpm without files, made as others make theirs. */
function emptyRpm(context: TestContext, name: string, version: string): string {
  const folder = tmpFolder(context);
  const config = {
    name,
    version,
    version_schema: "none",
    release: "1",
    arch: "amd64",
    maintainer: "t",
    description: "t",
  };
  writeFileSync(join(folder, "nfpm.json"), JSON.stringify(config));
  const file = join(folder, `${name}.rpm`);
  execFileSync(nfpm(), [
    "package",
    "--config",
    join(folder, "nfpm.json"),
    "--packager",
    "rpm",
    "--target",
    file,
  ]);
  return file;
}

/** Problems of installing packages into an empty system, except that the system is empty. */
function problems(context: TestContext, files: readonly string[]): string[] {
  const root = tmpFolder(context);
  execFileSync("rpm", ["--root", root, "--initdb"]);
  const { stderr } = spawnSync("rpm", ["--root", root, "--install", "--test", ...files], {
    encoding: "utf8",
  });
  const lines = stderr.split("\n").filter((line) => line.startsWith("\t"));
  return lines.map((line) => line.trim()).filter((line) => !OF_SYSTEM.test(line));
}

const ours = (context: TestContext) => [
  ...built(context, ".x86_64.rpm").values(),
  ...built(context, ".noarch.rpm").values(),
];

test("the packages can be installed together, and need nothing but each other and the system", (context) =>
  expect(problems(context, ours(context))).toEqual([]));

test.for(["module", "worker", "tools"])("%s and the classic package exclude each other", (part, context) => {
  const all = built(context, ".x86_64.rpm");
  const files = [`mod-gearman-ts-${part}`, "mod-gearman-ts-runtime"].map((name) => all.get(name) ?? "");
  const classic = emptyRpm(context, "mod_gearman", "5.2.4");
  expect(problems(context, [...files, classic])).toEqual([
    expect.stringContaining("mod_gearman(x86-64) conflicts with mod-gearman-ts-"),
  ]);
});

test("the tools as one executable exclude the others and satisfy the whole suite", (context) => {
  const [bun = ""] = built(context, ".x86_64.rpm", "tools-bun").values();
  const others = ours(context).filter((file) => !file.includes("-tools-"));
  expect(problems(context, [...others, bun])).toEqual([]);
  expect(problems(context, [...ours(context), bun])).toEqual([
    expect.stringContaining("mod-gearman-ts-tools(x86-64) conflicts with"),
  ]);
});
