// @module-tag slow
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { built } from "./dist.ts";
import { type Entry, type Format, releaseScript } from "./release-script.ts";

const { writePackage } = await releaseScript<{
  writePackage(name: string, entries: readonly Entry[], facts: object): string;
}>("nfpm");
const { writeSums } = await releaseScript<{ writeSums(folder: string): void }>("sums");

const owner = "mod-gearman-ts-worker";

test.for(["deb", "rpm"] satisfies Format[])(
  "a %s made twice, elsewhere and later, has the same bytes",
  (format, context) => {
    built(context, ".deb"); // the tool that writes packages came with them
    const make = (mtime: number) => {
      const folder = tmpFolder(context);
      writeFileSync(join(folder, "file"), "text");
      utimesSync(join(folder, "file"), mtime, mtime);
      const entry = { package: owner, mode: 0o644, from: join(folder, "file") };
      const entries: Entry[] = [
        { ...entry, kind: "config", to: "/etc/mod-gearman/file" },
        { ...entry, kind: "file", to: "/usr/lib/mod-gearman-ts/a/file" },
        { package: owner, kind: "link", to: "/usr/bin/file", target: "../lib/mod-gearman-ts/a/file" },
      ];
      const facts = { format, arch: "amd64", version: "1.0.0", release: "1", epoch: 1_000_000_000 };
      return readFileSync(writePackage(owner, entries, { ...facts, scratch: folder, out: folder }));
    };
    const first = make(1_100_000_000);
    expect(make(1_200_000_000).equals(first)).toBe(true);
  },
);

test("checksums are listed by name, folders included, the list itself left out", (context) => {
  const folder = tmpFolder(context);
  mkdirSync(join(folder, "npm"));
  for (const name of ["z", "a", "npm/b"]) writeFileSync(join(folder, name), "");
  const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  for (let times = 0; times < 2; times++) {
    writeSums(folder);
    const text = readFileSync(join(folder, "SHA256SUMS"), "utf8");
    expect(text).toBe(`${empty}  a\n${empty}  npm/b\n${empty}  z\n`);
  }
});
