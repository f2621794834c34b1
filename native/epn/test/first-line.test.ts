// @module-tag slow
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";

const LIB = fileURLToPath(new URL("../perl/lib", import.meta.url));
const SCRIPT = `my ($switches, $why) = ModGearman::Epn::FirstLine::switches($ARGV[0]);
print $switches ? "@$switches" : $why;`;

function switches(path: string): string {
  const args = [`-I${LIB}`, "-MModGearman::Epn::FirstLine", "-e", SCRIPT, path];
  return execFileSync("perl", args, { encoding: "utf8" });
}

test("switches of a plugin", (context) => {
  const path = join(tmpFolder(context), "plugin.pl");
  writeFileSync(path, "#!/usr/bin/perl -wT\n");
  expect(switches(path)).toBe("-T");
});

test.for([
  ["a FIFO", (path: string) => execFileSync("mkfifo", [path])],
  ["a folder", (path: string) => mkdirSync(path)],
] as const)("%s that took the place of a plugin is not waited for", ([, make], context) => {
  const path = join(tmpFolder(context), "plugin.pl");
  make(path);
  expect(switches(path)).toBe(`**ePN: failed to open ${path}: not a regular file`);
});
