import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const packages = new URL("../../", import.meta.url);
const IMPORT = /^(?:import|export) (?!type )(?:\{([^}]*)\}|[^;{]*) from "([^"]+)";/gm;

/** Names and module of each import or re-export of a file that is left at run time. */
function importsOf(file: string): { names: string[]; from: string }[] {
  const text = readFileSync(new URL(file, packages), "utf8");
  return [...text.matchAll(IMPORT)].map(([, names = "", from = ""]) => ({
    names: names.split(",").flatMap((name) => (/^\s*(?:type |$)/.test(name) ? [] : [name.trim()])),
    from,
  }));
}

/**
 * Everything in a bundle of these names: files of packages by path, other modules by name. An index leads
 * only to the files of the requested names, as in bundlers for packages without side effects.
 */
function reached(file: string, names?: readonly string[], seen = new Set<string>()): Set<string> {
  if (names === undefined && seen.has(file)) return seen;
  if (names === undefined) seen.add(file);
  for (const one of importsOf(file)) {
    if (names !== undefined && !one.names.some((name) => names.includes(name))) continue;
    const ours = /^@mod-gearman\/(.*)$/.exec(one.from)?.[1];
    if (ours !== undefined) reached(`${ours}/src/index.ts`, one.names, seen);
    else if (one.from.startsWith("."))
      reached(new URL(one.from, `file:///${file}`).pathname.slice(1), undefined, seen);
    else seen.add(one.from);
  }
  return seen;
}

/** Files with a table of options or a list of similar length. */
const TABLES = ["module", "worker", "gearmand", "bridge", "sender", "check-gearman", "top"].map(
  (name) => `tables/${name}`,
);
const LISTS = [...TABLES, "foreign-keys"];

test.for([
  ["load-sender.ts", ["tables/sender"]],
  ["load-check-gearman.ts", ["tables/check-gearman"]],
  ["load-top.ts", ["tables/top"]],
  ["load-gearmand.ts", ["tables/gearmand"]],
  ["load-worker.ts", ["tables/worker", "foreign-keys"]],
  ["load-module.ts", ["tables/module", "foreign-keys"]],
  ["load-bridge.ts", ["tables/module", "tables/bridge", "foreign-keys"]],
] as const)("%s loads its own table only: programs start fast", ([loader, expected]) => {
  const files = reached(`program/src/${loader}`);
  expect(LISTS.filter((name) => files.has(`config/src/${name}.ts`))).toEqual(expected);
});

/**
 * A bundle copies such a module property by property, which makes Node load all parts that it would otherwise
 * load lazily.
 */
test.for([
  ...["load-sender.ts", "load-check-gearman.ts", "load-top.ts"].map((one) => `program/src/${one}`),
  "delivery/src/index.ts",
])("%s imports no module of Node as a whole: the tools start fast", (start) => {
  const whole = [...reached(start)].filter(
    (file) =>
      file.endsWith(".ts") &&
      /^import (?:\* as \w+|\w+) from "node:/m.test(readFileSync(new URL(file, packages), "utf8")),
  );
  expect(whole).toEqual([]);
});

test("no other packages are loaded", () => {
  const foreign = [...reached("program/src/index.ts")].filter((one) => !/^node:|\.ts$/.test(one));
  expect(foreign).toEqual([]);
  expect([...reached("program/src/load-sender.ts")]).toContain("config/src/latin1.ts");
});

test.for(["base", "client", "config", "crypto", "delivery", "payload", "program", "protocol", "spool"])(
  "the tools use %s, which does not load zod",
  (name) => {
    const files = [...reached(`${name}/src/index.ts`)];
    expect(files.length).toBeGreaterThan(3);
    expect(files).not.toContain("zod");
  },
);

test("the search would find zod", () =>
  expect([...reached("config/src/schemas/worker.ts")]).toContain("zod"));
