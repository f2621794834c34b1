// @module-tag slow
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { expect, test } from "vitest";
import { EPN_MARKER, epnScript } from "../src/index.ts";

const folder = dirname(epnScript());
const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
  /\.p[lm]$/.test(name),
);

test("the script's path is absolute and its marker is in the first five lines", () => {
  expect(isAbsolute(epnScript())).toBe(true);
  expect(readFileSync(epnScript(), "utf8").split("\n").slice(1, 5).join("\n")).toContain(EPN_MARKER);
});

test.for(files)("%s compiles without a warning and is of a readable size", (name) => {
  const path = join(folder, name);
  const checked = spawnSync("perl", ["-Mstrict", "-w", `-I${folder}/lib`, "-c", path], { encoding: "utf8" });
  expect(checked.stderr).toBe(`${path} syntax OK\n`);
  expect(readFileSync(path, "utf8").split("\n").length).toBeLessThanOrEqual(301);
});

test("only core modules of Perl are used", () => {
  const used = files.flatMap((name) =>
    [...readFileSync(join(folder, name), "utf8").matchAll(/^\s*(?:use|require) ([A-Z]\w*(?:::\w+)*)/gm)].map(
      ([, word]) => `${word}`,
    ),
  );
  const core = spawnSync(
    "perl",
    [
      "-MModule::CoreList",
      "-e",
      "print for grep { Module::CoreList->first_release($_) > 5.016 || !Module::CoreList->first_release($_) } @ARGV",
      ...new Set(used.filter((word) => !word.startsWith("ModGearman::"))),
    ],
    { encoding: "utf8" },
  );
  expect(core).toMatchObject({ status: 0, stdout: "" });
});
