// @module-tag slow
// What apt does with the packages in dist/ and those of the classic suite beside each other.
import type { TestContext } from "vitest";
import { expect, test } from "vitest";
import { AptMachine, type Control, emptyDeb } from "./apt.ts";
import { built } from "./dist.ts";

const CLASSIC = ["mod-gearman-module", "mod-gearman-worker", "mod-gearman-tools", "gearman-job-server"];
/** What our packages depend on and every Debian has. */
const SYSTEM: readonly Control[] = [
  { Package: "libc6", Version: "2.28-10" },
  { Package: "libstdc++6", Version: "8.3.0-6" },
  { Package: "libgcc1", Version: "1:8.3.0-6" },
  { Package: "passwd", Version: "1:4.5-1.1" },
];

const ours = (context: TestContext) => [
  ...built(context, "_amd64.deb").values(),
  ...built(context, "_all.deb").values(),
];
/** Classic packages, newer than any, which want to be installed. */
const classic = (context: TestContext, version = "99.0-1") =>
  CLASSIC.map((Package) => emptyDeb(context, { Package, Version: version }));

test.for(["upgrade", "dist-upgrade"])(
  "apt %s with a repository of newer classic packages does not touch ours",
  (command, context) => {
    const machine = new AptMachine(context, [...SYSTEM, ...ours(context)], classic(context));
    expect(machine.changes(command)).toEqual([]);
    expect(machine.changes("install", "mod-gearman-worker")).toContain("-mod-gearman-ts-worker"); // it would if asked
  },
);

test.for(["upgrade", "dist-upgrade"])(
  "apt %s with a repository of ours does not touch classic packages",
  (command, context) => {
    const machine = new AptMachine(context, [...SYSTEM, ...classic(context, "0.1-1")], ours(context));
    expect(machine.changes(command)).toEqual([]);
  },
);

test("installing ours replaces the classic packages", (context) => {
  const machine = new AptMachine(context, [...SYSTEM, ...classic(context, "5.2.4-1")], ours(context));
  const names = ["module", "runtime", "server", "tools", "worker"].map((name) => `+mod-gearman-ts-${name}`);
  const expected = ["+mod-gearman-ts", ...names, ...CLASSIC.map((name) => `-${name}`)];
  expect(machine.changes("install", "mod-gearman-ts")).toEqual(expected.toSorted());
});

test("ours satisfy what depends on the classic packages, with a version", (context) => {
  const Depends = CLASSIC.map((name) => `${name} (>= 1.1)`).join(", ");
  const site = emptyDeb(context, { Package: "site", Version: "1", Depends });
  const machine = new AptMachine(context, [...SYSTEM, ...ours(context)], [...classic(context), site]);
  expect(machine.changes("install", "site")).toEqual(["+site"]);
});

test("one package alone brings what it needs, and no more", (context) => {
  const machine = new AptMachine(context, SYSTEM, ours(context));
  expect(machine.changes("install", "mod-gearman-ts-tools")).toEqual([
    "+mod-gearman-ts-runtime",
    "+mod-gearman-ts-tools",
  ]);
});

test("the tools as one executable replace the others, satisfy the whole suite, and can be replaced again", (context) => {
  const alternative = [...built(context, "_amd64.deb", "tools-bun").values()];
  const machine = new AptMachine(context, [...SYSTEM, ...ours(context)], alternative);
  const change = ["+mod-gearman-ts-tools-bun", "-mod-gearman-ts-tools"];
  expect(machine.changes("install", "mod-gearman-ts-tools-bun")).toEqual(change);
  expect(machine.changes("dist-upgrade")).toEqual([]);
  const alone = new AptMachine(context, [...SYSTEM, alternative[0] ?? ""], ours(context));
  expect(alone.changes("install", "mod-gearman-ts-tools")).toEqual([
    "+mod-gearman-ts-runtime",
    "+mod-gearman-ts-tools",
    "-mod-gearman-ts-tools-bun",
  ]);
});
