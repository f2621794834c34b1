// The packages for npm: every workspace that is not private, packed as `pnpm publish` would.
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundledIn } from "./bundled.mjs";
import { root } from "./facts.mjs";
import { LICENSES, programs } from "./programs.mjs";
import { run } from "./run.mjs";

const WORKSPACES = ["packages", "apps", "native"];

/** Names and folders of the packages that are published, sorted by name. */
export function publishedPackages() {
  const folders = WORKSPACES.flatMap((part) =>
    readdirSync(join(root, part)).map((name) => join(root, part, name)),
  );
  const found = folders.flatMap((folder) => {
    try {
      const { name, private: isPrivate } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      return isPrivate ? [] : [{ name, folder }];
    } catch (error) {
      if (error.code === "ENOENT") return []; // a folder of tools, no package
      throw error;
    }
  });
  return found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Packs packages. @returns paths of the files */
export function pack(packages, out) {
  mkdirSync(out, { recursive: true });
  const filters = packages.map(({ name }) => `--filter=${name}`);
  run("pnpm", [...filters, "pack", "--pack-destination", out]);
  const files = readdirSync(out).toSorted();
  if (files.length !== packages.length)
    throw new Error(`${packages.length} packages made ${files.length} files`);
  return files.map((file) => join(out, file));
}

/** Licences of the packages of others that a program contains; they demand to be passed on with it. */
function thirdPartyLicenses(program) {
  const parts = bundledIn(program).map(
    ({ name, version, license, text }) =>
      `${name} ${version} (${license})\n\n${text ?? "No text is shipped with it."}\n`,
  );
  return parts.join(`\n${"-".repeat(70)}\n\n`);
}

/**
 * Completes what the build has made with what only a release has: the addon for every architecture, licences.
 *
 * @param prebuilds folders with the addon, one for each architecture
 */
export function completeForNpm(prebuilds) {
  const withAddon = programs.filter(({ addon }) => addon).map(({ app }) => join(root, "apps", app, "dist"));
  for (const folder of [join(root, "native/addon"), ...withAddon]) {
    for (const from of prebuilds) cpSync(from, join(folder, "prebuilds"), { recursive: true });
  }
  for (const program of programs) {
    const file = join(root, "apps", program.app, "dist", LICENSES);
    writeFileSync(file, thirdPartyLicenses(program));
  }
}
