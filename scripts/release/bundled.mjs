// Which packages of others are inside the programs: asked of the source maps, which name every file that went in.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./facts.mjs";
import { packages } from "./packages.mjs";
import { filesOf, programs } from "./programs.mjs";

const STORE_PATH = /node_modules\/\.pnpm\/([^/]+)\/node_modules\/((?:@[^/]+\/)?[^/]+)\//;

/** Path of the package in the store that a source belongs to; undefined for a source of ours. */
export function storePath(source) {
  const [, entry, name] = STORE_PATH.exec(source) ?? [];
  return entry === undefined ? undefined : `node_modules/.pnpm/${entry}/node_modules/${name}`;
}

/** Our own licence with another owner: some packages have the MIT licence and no file with it. */
function mitText(owner) {
  const text = readFileSync(join(root, "LICENSE"), "utf8").split("\nnative/neb")[0].trim();
  return text.replace(/^Copyright .*$/m, `Copyright (c) ${owner}`);
}

/**
 * Facts about a package of others.
 *
 * @param folder path of the installed package
 * @returns name, version, licence by its SPDX name, text of its licence file, if it brings one
 */
function describe(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((name) => /^licen[cs]e(\.|$)/i.test(name));
  const license = typeof manifest.license === "string" ? manifest.license : manifest.license?.type;
  if (license === undefined) throw new Error(`${manifest.name}: package.json names no licence`);
  const text = file === undefined ? undefined : readFileSync(join(folder, file), "utf8").trim();
  return {
    name: manifest.name,
    version: manifest.version,
    license,
    description: manifest.description,
    text: text ?? (license === "MIT" ? mitText(`the authors of ${manifest.name}`) : undefined),
  };
}

/** Written files of ours that have a package of others in them. */
const INSIDE_OURS = [
  { source: "packages/site-page/src/assets/page-files.ts", folder: "packages/site-page/node_modules/preact" },
];

/** Header files compiled into the addon. */
const ADDON_HEADERS = join(root, "native/addon/node_modules/node-addon-api");

function byName(a, b) {
  const [first, second] = [a, b].map(({ name, version }) => `${name}@${version}`);
  return first < second ? -1 : Number(first > second);
}

/**
 * Packages of others inside a program of {@link programs}, sorted by name.
 *
 * @throws Error if the program is not built
 */
export function bundledIn({ app, command, addon }) {
  const dist = join(root, "apps", app, "dist");
  const maps = filesOf(dist).filter((name) => name.endsWith(".map"));
  if (maps.length === 0) throw new Error(`${command} has not been built, or without source maps`);
  const sources = maps.flatMap((name) => JSON.parse(readFileSync(join(dist, name), "utf8")).sources);
  const folders = new Set(sources.map(storePath).filter((path) => path !== undefined));
  for (const { source, folder } of INSIDE_OURS)
    if (sources.some((one) => one.endsWith(source))) folders.add(folder);
  const found = [...folders].map((path) => join(root, path));
  return [...found, ...(addon ? [ADDON_HEADERS] : [])].map(describe).toSorted(byName);
}

/** The same for each package of the suite, without repetition. */
export function bundledInPackage(owner) {
  const source = packages[owner].alternativeTo ?? owner;
  const all = programs.filter((program) => program.package === source).flatMap(bundledIn);
  return [...new Map(all.map((one) => [`${one.name}@${one.version}`, one])).values()].toSorted(byName);
}

/** True once the build has made every program. */
export function isBuilt() {
  return programs.every(({ app }) => existsSync(join(root, "apps", app, "dist/main.js")));
}
