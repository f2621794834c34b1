// The programs of apps/: the one list of them. Packages, `make install`, images, SBOM, the tools' executable and the checks of all
// these are made from it. A program is a row of `bin` in the package.json of its app; see docs/packaging.md.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const apps = join(root, "apps");
const FIELDS = ["package", "addon", "sbin"];

/**
 * A program.
 *
 * @typedef {object} Program
 * @property {string} app folder below apps/
 * @property {string} command
 * @property {string} main its source
 * @property {string} package part of the suite that has it, `worker` of `mod-gearman-ts-worker`
 * @property {boolean} addon the native addon belongs to it
 * @property {boolean} sbin only an administrator starts it
 */

/**
 * @param app folder below apps/
 * @param manifest its package.json
 * @returns {Program[]}
 * @throws Error for a field of `packaging` that means nothing
 */
export function programsOf(app, { bin = {}, packaging = {} }) {
  const unknown = Object.keys(packaging).find((field) => !FIELDS.includes(field));
  if (unknown !== undefined) throw new Error(`apps/${app}/package.json: packaging.${unknown} is unknown`);
  const { package: part = "tools", addon = false, sbin = false } = packaging;
  return Object.keys(bin).map((command) => ({
    app,
    command,
    main: join(apps, app, "src/main.ts"),
    package: part,
    addon,
    sbin,
  }));
}

/** @returns {Program[]} sorted by the folders of apps/ */
export function programs() {
  return readdirSync(apps)
    .filter((app) => existsSync(join(apps, app, "package.json")))
    .toSorted()
    .flatMap((app) => programsOf(app, JSON.parse(readFileSync(join(apps, app, "package.json"), "utf8"))));
}

/** Section of the manual of a command, by the manual itself. @throws Error if it has none */
export function manualSection(command) {
  const found = ["1", "8"].find((section) => existsSync(join(root, `docs/man/${command}.${section}`)));
  if (found === undefined) throw new Error(`${command} has no manual in docs/man: pnpm docs:options`);
  return found;
}

/** By folder (`neb-bridge`) or command (`mod_gearman_bridge`); `-` and `_` are the same. */
export function findProgram(name) {
  const plain = (text) => text.replaceAll("-", "_");
  return programs().find(({ app, command }) => [app, command].map(plain).includes(plain(name)));
}
