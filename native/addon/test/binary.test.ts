import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";

/** Versions needed by Node 22 and 24 themselves; the same as in scripts/prebuild.mjs. */
const NEWEST: Readonly<Record<string, readonly number[]>> = { GLIBC: [2, 28], GLIBCXX: [3, 4, 25] };

test("the binary runs with C and C++ libraries as old as those that Node needs", () => {
  const file = new URL(`../prebuilds/linux-${process.arch}/mod_gearman_addon.node`, import.meta.url).pathname;
  const versions = execFileSync("readelf", ["--version-info", "--wide", file], { encoding: "latin1" });
  const needs = [...versions.matchAll(/\b(GLIBC|GLIBCXX)_([\d.]+)/g)];
  expect(needs.length).toBeGreaterThan(5);
  const tooNew = needs.filter(([, library = "", version = ""]) => {
    const parts = version.split(".").map(Number);
    const limit = NEWEST[library] ?? [];
    const at = parts.findIndex((part, index) => part !== (limit[index] ?? 0));
    return at >= 0 && (parts[at] ?? 0) > (limit[at] ?? 0);
  });
  expect(tooNew.map(([text]) => text)).toEqual([]);
});
