// SPDX-License-Identifier: GPL-2.0-or-later
// Who uses whom among the units (x.c with x.h) of the shim and of the test core: by #include, and by the symbols of their
// objects. The folders of src have an order, no unit uses one of a higher folder, and no units use each other in a circle.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { cyclesOf } from "../../../scripts/import-cycles.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const objects = join(root, process.env.MGM_BUILD ?? "build", "obj");
/** Folders of src that a folder may use, besides itself. */
const BELOW = {
  layout: [],
  wire: [],
  link: ["layout", "wire"],
  events: ["layout", "wire", "link"],
  ".": ["layout", "wire", "link", "events"],
};

const unitOf = (path) => path.replace(/\.[cho]$/, "");
const filesBelow = (folder, ending) =>
  readdirSync(join(root, folder), { recursive: true })
    .filter((name) => ending.test(name))
    .map((name) => join(folder, name));

/** [user, used] for every #include of a file of ours. */
function includesOf(file) {
  const text = readFileSync(join(root, file), "utf8");
  return [...text.matchAll(/^#include "([^"]+)"/gm)].map(([, name]) => {
    const found = [join(dirname(file), name), join("src", name)].find((path) => existsSync(join(root, path)));
    if (found === undefined) throw new Error(`${file} includes ${name}, which does not exist`);
    return [unitOf(file), unitOf(found)];
  });
}

/** Symbols of an object file that others can use, and those that it needs. */
function symbolsOf(file) {
  const rows = execFileSync("nm", ["--portability", join(root, file)], { encoding: "utf8" }).split("\n");
  const named = (kinds) => rows.map((row) => row.split(" ")).filter(([, kind]) => kinds.test(kind));
  return { defined: named(/^[TDBRVWC]$/).map(([name]) => name), needed: named(/^U$/).map(([name]) => name) };
}

/** [user, used] for every symbol that one unit needs and another one defines. */
function uses(folders) {
  const build = relative(root, objects);
  const units = folders
    .flatMap((folder) => filesBelow(join(build, folder), /\.o$/))
    .map((file) => ({ unit: unitOf(relative(build, file)), file }))
    .filter(({ unit }) => existsSync(join(root, `${unit}.c`))) // an object may outlive its source
    .map(({ unit, file }) => ({ unit, ...symbolsOf(file) }));
  const owners = new Map(units.flatMap(({ unit, defined }) => defined.map((name) => [name, unit])));
  return units.flatMap(({ unit, needed }) =>
    needed.filter((name) => owners.has(name)).map((name) => [unit, owners.get(name)]),
  );
}

/** @returns what is wrong with these pairs of user and used, a line each */
export function problemsOf(pairs) {
  const graph = new Map();
  for (const [user, used] of pairs)
    if (user !== used) graph.set(user, [...new Set([...(graph.get(user) ?? []), used])]);
  const folderOf = (unit) => relative("src", dirname(unit)) || ".";
  const upward = [...graph].flatMap(([user, targets]) => {
    if (!user.startsWith("src/")) return [];
    const allowed = [folderOf(user), ...(BELOW[folderOf(user)] ?? [])];
    return targets.filter((used) => !allowed.includes(folderOf(used))).map((used) => `${user} uses ${used}`);
  });
  const circles = cyclesOf(graph).map((members) => `use each other: ${members.join(", ")}`);
  return [...upward, ...circles];
}

let number = 0;
function check(name, problems) {
  number += 1;
  for (const problem of problems) process.stdout.write(`# ${problem}\n`);
  process.stdout.write(`${problems.length === 0 ? "ok" : "not ok"} ${number} - ${name}\n`);
  if (problems.length > 0) process.exitCode = 1;
}
const differs = (found, wanted) => (JSON.stringify(found) === JSON.stringify(wanted) ? [] : found);

check(
  "an arrow upwards, one between layout and wire, and a circle are found",
  differs(
    problemsOf([
      ["src/link/timer", "src/events/checks"],
      ["src/wire/frame", "src/layout/abi"],
      ["src/events/a", "src/events/b"],
      ["src/events/b", "src/events/a"],
      ["src/events/a", "src/link/timer"],
      ["src/module", "src/events/a"],
    ]),
    [
      "src/link/timer uses src/events/checks",
      "src/wire/frame uses src/layout/abi",
      "use each other: src/events/a, src/events/b",
    ],
  ),
);
const sources = filesBelow("src", /\.[ch]$/);
const testcore = filesBelow("testcore", /\.[ch]$/);
check(
  "every folder of src has its place in the order",
  sources.filter((file) => BELOW[relative("src", dirname(file)) || "."] === undefined),
);
const included = [...sources, ...testcore].flatMap(includesOf);
const needed = [...uses(["src"]), ...uses(["testcore"])];
check("includes are there to be looked at", included.length > 200 ? [] : [`${included.length} includes`]);
check("symbols are there to be looked at", needed.length > 400 ? [] : [`${needed.length} symbols`]);
check("units of the shim and of the test core: includes and symbols", problemsOf([...included, ...needed]));
check(
  "of the shim the test core uses the layout tables alone",
  included
    .filter(
      ([user, used]) =>
        user.startsWith("testcore/") && /^src\/(?!layout\/(?:abi|layout_row|layout_text))/.test(used),
    )
    .map(([user, used]) => `${user} uses ${used}`),
);
