import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const source = new URL("../src/", import.meta.url);

/** The files of this package that evaluating `entry` would load. */
function reached(entry: string, seen = new Set<string>()): Set<string> {
  if (seen.has(entry)) return seen;
  seen.add(entry);
  const text = readFileSync(new URL(entry, source), "utf8");
  for (const [, clause = "", file = ""] of text.matchAll(
    /^(?:import|export) ([^;]*?) from "\.\/([^"]+)";/gm,
  )) {
    if (!clause.startsWith("type ")) reached(file, seen);
  }
  return seen;
}

/** Files that hold a schema or a list as long as one. */
const SCHEMAS = ["module", "worker", "gearmand", "bridge", "sender", "check-gearman", "top", "foreign-keys"];

test.for([
  ["load-sender.ts", ["sender"]],
  ["load-check-gearman.ts", ["check-gearman"]],
  ["load-top.ts", ["top"]],
  ["load-gearmand.ts", ["gearmand"]],
  ["load-worker.ts", ["worker", "foreign-keys"]],
  ["load-module.ts", ["module", "foreign-keys"]],
  ["load-bridge.ts", ["module", "bridge", "foreign-keys"]],
] as const)("%s loads its own schema only: programs start fast", ([loader, expected]) => {
  const files = reached(loader);
  expect(SCHEMAS.filter((name) => files.has(`${name}.ts`))).toEqual(expected);
});

test("no package but our own is loaded", () => {
  const packages = [...reached("index.ts")].flatMap((file) =>
    [...readFileSync(new URL(file, source), "utf8").matchAll(/ from "([^."][^"]*)";/g)].map(
      (match) => match[1],
    ),
  );
  expect([...new Set(packages)].filter((name) => !/^(?:node:|@mod-gearman\/)/.test(name ?? ""))).toEqual([]);
});
