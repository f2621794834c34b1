// Imports inside one package: no circles between files, type imports included, and where folders have an order no import
// upwards.
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** `from "./x.ts"`, `import "./x.ts"`, `import("./x.ts")`. */
const IMPORT = /\b(?:from|import)\s*\(?\s*"(\.[^"]+)"/g;

/**
 * @param source folder of the package's sources
 * @param files paths of its files
 * @returns for each file the files of the same package that it imports
 */
function importGraph(source, files) {
  const known = new Set(files);
  return new Map(
    files.map((file) => {
      const text = readFileSync(file, "utf8");
      const targets = [...text.matchAll(IMPORT)].map((match) => join(dirname(file), match[1]));
      return [
        relative(source, file),
        targets.filter((target) => known.has(target)).map((target) => relative(source, target)),
      ];
    }),
  );
}

/** Files that import each other, one list for each circle. Tarjan's algorithm for strongly connected components. */
export function cyclesOf(graph) {
  const order = new Map();
  const lowest = new Map();
  const stack = [];
  const cycles = [];
  const visit = (file) => {
    order.set(file, order.size);
    lowest.set(file, order.get(file));
    stack.push(file);
    for (const target of graph.get(file) ?? []) {
      if (!order.has(target)) visit(target);
      if (stack.includes(target)) lowest.set(file, Math.min(lowest.get(file), lowest.get(target)));
    }
    if (lowest.get(file) !== order.get(file)) return;
    const members = stack.splice(stack.indexOf(file));
    if (members.length > 1 || graph.get(file)?.includes(file)) cycles.push(members.sort());
  };
  for (const file of graph.keys()) if (!order.has(file)) visit(file);
  return cycles;
}

/** Imports from a lower folder to a higher one. @param folders from the lowest to the highest, "." is the sources' own */
export function upwardImportsOf(graph, folders) {
  const rank = (file) => folders.indexOf(dirname(file).split("/")[0]);
  const isUpward = (file, target) => rank(target) > rank(file);
  return [...graph].flatMap(([file, targets]) =>
    targets.filter((target) => isUpward(file, target)).map((target) => `${file} imports ${target}`),
  );
}

/**
 * Problems of one package.
 *
 * @param folders order of its folders, undefined if it has none
 */
export function importProblems(source, files, { folders }) {
  const graph = importGraph(source, files);
  const cycles = cyclesOf(graph);
  const unlisted = [...new Set([...graph.keys()].map((file) => dirname(file).split("/")[0]))].filter(
    (folder) => folders !== undefined && !folders.includes(folder),
  );
  return [
    ...cycles.map((members) => `files import each other: ${members.join(", ")}`),
    ...unlisted.map((folder) => `folder ${folder} has no place in the order of folders`),
    ...(folders === undefined ? [] : upwardImportsOf(graph, folders)),
  ];
}
