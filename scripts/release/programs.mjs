// The programs and how a packaged one is started.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { programs as listPrograms } from "../programs.mjs";
import { buildFolder, root } from "./facts.mjs";

/** The programs of apps/ with the names of their packages. @type {import("../programs.mjs").Program[]} */
export const programs = listPrograms().map((program) => ({
  ...program,
  package: `mod-gearman-ts-${program.package}`,
}));

/** File with the licences of what a program contains, in its package for npm; a deb and an rpm have "copyright". */
export const LICENSES = "third-party-licenses.txt";

/** End of what the shell reads of a launcher; in those of the tools it is the first line. */
const END_OF_SHELL = "*/;";

/**
 * The launcher of a packaged program: the same text, with the path of the packaged Node for the one that would be
 * searched in PATH, which under cron is none or an old one.
 *
 * @param text `main.js` as the build has made it
 * @param node absolute path
 * @throws Error if nothing in it starts Node
 */
export function packagedLauncher(text, node) {
  const [first] = text.split("\n", 1);
  if (first === "#!/usr/bin/env node") return text.replace(first, `#!${node}`);
  const end = text.indexOf(END_OF_SHELL);
  const shell = text.slice(0, end);
  const changed = shell.replace(/^(exec (?:-a \S+ )?)node(?= )/m, `$1${node}`);
  if (first !== "#!/bin/sh" || end < 0 || changed === shell)
    throw new Error("a launcher that does not start node");
  return changed + text.slice(end);
}

/** Files of a folder, as paths relative to it, sorted. */
export function filesOf(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((name) => statSync(join(folder, name)).isFile())
    .toSorted();
}

/**
 * Lays the built program out as it is packaged.
 *
 * @param program row of {@link programs}
 * @param prebuilds folder with the addon
 * @param node absolute path of the packaged Node
 * @returns the folder
 */
export function stageProgram({ command, app, addon }, { arch, prebuilds, node }) {
  const from = join(root, "apps", app, "dist");
  const folder = join(buildFolder, arch, "programs", command);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const others = [join(from, "prebuilds"), join(from, LICENSES)]; // of another build, for npm
  // No source maps: Node does not read them by default, and they hold the sources once more.
  const isPackaged = (path) => !others.includes(path) && !path.endsWith(".map");
  cpSync(from, folder, { recursive: true, filter: isPackaged });
  if (addon) cpSync(prebuilds, join(folder, "prebuilds"), { recursive: true });
  const main = join(folder, "main.js");
  writeFileSync(main, packagedLauncher(readFileSync(main, "utf8"), node));
  return folder;
}
