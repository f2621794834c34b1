import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tmpFolder } from "@mod-gearman/testkit";
import { beforeEach, describe, expect, test } from "vitest";
import { PerlFiles } from "../src/index.ts";

let folder: string;
beforeEach((context) => {
  folder = tmpFolder(context);
});
const file = (text: string, name = "plugin") => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const isFound = (path: string, implicit = false, files = new PerlFiles()) =>
  files.find(Buffer.from(path), implicit) !== undefined;

const PERL = "#!/usr/bin/perl -w";
const lines = (count: number) => "# a line\n".repeat(count);

describe("scripts that declare whether to be embedded", () => {
  test.for<[name: string, text: string, explicit: boolean, implicit: boolean]>([
    ["asks for it", `${PERL}\n# nagios: +epn\n`, true, true],
    ["… as Naemon writes it", `${PERL}\n# naemon: +epn\n`, true, true],
    ["… as Icinga writes it", `${PERL}\n# icinga:+epn\n`, true, true],
    ["… with DOS line ends", `${PERL}\r\n# nagios: +epn\r\n`, true, true],
    ["… with env in the first line", `#!/usr/bin/env perl\n# nagios: +epn\n`, true, true],
    ["… without a line feed at the end", `${PERL}\n# nagios: +epn`, true, true],
    ["forbids it", `${PERL}\n# nagios: -epn\n`, false, false],
    ["says neither", `${PERL}\n# nagios: epn\n`, false, false],
    ["the first line of the kind counts", `${PERL}\n# nagios: -epn\n# nagios: +epn\n`, false, false],
    ["tenth line", `${PERL}\n${lines(8)}# nagios: +epn\n`, true, true],
    ["eleventh line", `${PERL}\n${lines(9)}# nagios: +epn\n`, false, true],
    ["not at the start of the line", `${PERL}\n ## nagios: +epn\n`, false, true],
    ["in the first line", `${PERL} # nagios: +epn\n`, false, true],
    ["nothing", `${PERL}\nprint 1;\n`, false, true],
    ["no Perl", "#!/bin/sh\n# nagios: +epn\n", false, false],
    ["no first line", "# perl\n# nagios: +epn\n", false, false],
    ["an empty file", "", false, false],
    ["a binary", "\x7fELF\0perl\n# nagios: +epn\n", false, false],
  ])("%s", ([, text, explicit, implicit]) => {
    const path = file(text);
    expect([isFound(path), isFound(path, true)]).toEqual([explicit, implicit]);
  });
});

describe("files that cannot be embedded", () => {
  test("a name without slash, which is searched in PATH", () => {
    expect(isFound("plugin", true)).toBe(false);
  });

  test("a missing file, a folder, a device, a FIFO without writer", () => {
    mkdirSync(join(folder, "sub"));
    execFileSync("mkfifo", [join(folder, "pipe")]);
    for (const path of [join(folder, "none"), join(folder, "sub"), "/dev/zero", join(folder, "pipe")])
      expect(isFound(path, true)).toBe(false);
  });

  test("a name with a NUL byte", () => {
    expect(isFound("/x\0/y", true)).toBe(false);
  });
});

describe("memory", () => {
  const files = () => new PerlFiles(2);

  test("a change is noticed, also to an older time and by a rename", () => {
    const known = files();
    const path = file(`${PERL}\n`);
    const first = known.find(Buffer.from(path), true)?.version;
    expect(known.find(Buffer.from(path), true)?.version).toBe(first);
    file(`${PERL}\n# nagios: -epn\n`);
    expect(isFound(path, true, known)).toBe(false);
    file(`${PERL}\n# nagios: +epn\n`, "other");
    utimesSync(join(folder, "other"), 1000, 1000);
    renameSync(join(folder, "other"), path);
    expect(isFound(path, true, known)).toBe(true);
    expect(known.find(Buffer.from(path), true)?.version).not.toBe(first);
  });

  test("more files than are remembered", () => {
    const known = files();
    const paths = ["a", "b", "c", "a", "b"].map((name) => file(`${PERL}\n# nagios: +epn\n`, name));
    expect(paths.map((path) => isFound(path, false, known))).toEqual([true, true, true, true, true]);
  });

  test("names that are not UTF-8", () => {
    const path = Buffer.from(`${folder}/\xff`, "latin1");
    writeFileSync(path, `${PERL}\n# nagios: +epn\n`);
    expect(files().find(path, false)?.path).toEqual(path);
  });
});
