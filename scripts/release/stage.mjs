// Makes what the packages of one architecture consist of.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CHANGELOG, debianChangelog } from "./changelog.mjs";
import { copyrightFile, licenseFiles } from "./copyright.mjs";
import { buildFolder } from "./facts.mjs";
import { gzip } from "./materialize.mjs";
import { buildAddon, buildModule, buildRuntime } from "./native.mjs";
import { packages } from "./packages.mjs";
import { programs, stageProgram } from "./programs.mjs";

/** Licence of a part of Bun, which its package does not bring; Debian has it everywhere. */
const LGPL = "/usr/share/common-licenses/LGPL-2";

/** Whether the tools can be packaged as one executable: not without the licence of what is in it. */
export function hasLicenseOfExecutable() {
  return existsSync(LGPL);
}

/** Licences and changes of each package. @returns package to paths */
function documents(arch, facts) {
  const folder = join(buildFolder, arch, "documents");
  rmSync(folder, { recursive: true, force: true });
  const made = Object.keys(packages).map((name) => {
    const own = join(folder, name);
    mkdirSync(own, { recursive: true });
    const files = {
      copyright: copyrightFile(name),
      ...licenseFiles(name),
      ...(name === "mod-gearman-ts-runtime" ? { "changelog.gz": gzip(readFileSync(CHANGELOG)) } : {}),
      "changelog.Debian.gz": gzip(debianChangelog("mod-gearman-ts", facts)),
    };
    if (packages[name].alternativeTo !== undefined) {
      if (!existsSync(LGPL)) return [name, []]; // it is not built then
      files["LICENSE.LGPL-2"] = readFileSync(LGPL);
    }
    for (const [file, text] of Object.entries(files)) writeFileSync(join(own, file), text);
    return [name, Object.keys(files).map((file) => join(own, file))];
  });
  return Object.fromEntries(made);
}

/**
 * Builds and collects everything for an architecture.
 *
 * @param places of what is made: paths of Node and of the bridge get into launchers and module
 * @param facts `version`, `release` (version and release), `epoch`, `maintainer`
 * @param systemNode path of a Node that the programs are started with instead of one of their own
 * @returns what layout() needs
 */
export function stage(arch, places, facts, systemNode) {
  const prebuilds = buildAddon(arch, systemNode);
  const node = `${places.suite}/bin/node`;
  return {
    ...(systemNode === undefined ? buildRuntime(arch) : { systemNode }),
    module: buildModule(arch, `${places.bin}/mod_gearman_bridge`),
    prebuilds,
    programs: Object.fromEntries(
      programs.map((program) => [program.command, stageProgram(program, { arch, prebuilds, node })]),
    ),
    documents: documents(arch, facts),
  };
}
