// Builds what is machine code, for one architecture: the module, the addon, the runtime.
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { architectures, buildFolder, root } from "./facts.mjs";
import { run } from "./run.mjs";
import { nodeRuntime } from "./tools.mjs";

/** A program of the tool chain for an architecture; only cross tools have the prefix everywhere. */
export function toolFor(arch, name) {
  const { node, triplet } = architectures[arch];
  return node === process.arch ? name : `${triplet}-${name}`;
}

function strip(arch, file) {
  run(toolFor(arch, "strip"), ["--strip-unneeded", file]);
}

/**
 * Builds the module.
 *
 * @param bridge path of the bridge, which the module starts if its line in the core's configuration names no other
 * @returns path of the shared object
 */
export function buildModule(arch, bridge) {
  const folder = join(buildFolder, arch, "neb");
  const target = join(folder, "mod_gearman.so");
  rmSync(folder, { recursive: true, force: true }); // make does not see that the path of the bridge has changed
  run("make", [
    ...["--no-print-directory", "-C", join(root, "native/neb"), target, `BUILD=${folder}`],
    ...[`CC=${toolFor(arch, "gcc")}`, "CFLAGS=-g0", `MGM_BRIDGE_COMMAND=${bridge}`],
  ]);
  strip(arch, target);
  return target;
}

/**
 * Builds the addon.
 *
 * @param systemNode path of a Node, whose headers are used; otherwise those of the packaged Node
 * @returns folder to be laid beside a program as `prebuilds`
 */
export function buildAddon(arch, systemNode) {
  const { node } = architectures[arch];
  const folder = join(buildFolder, arch, "prebuilds");
  const headers =
    systemNode === undefined
      ? nodeRuntime(process.arch)
      : (process.env.NODE_DIR ?? dirname(dirname(systemNode)));
  rmSync(folder, { recursive: true, force: true });
  run(process.execPath, [join(root, "native/addon/scripts/prebuild.mjs"), "--out", folder, node], {
    env: { ...process.env, NODE_DIR: headers },
  });
  return folder;
}

/** Strips the packaged Node. @returns `node` and `nodeLicense`: its path and that of its licence */
export function buildRuntime(arch) {
  const from = nodeRuntime(architectures[arch].node);
  const folder = join(buildFolder, arch, "runtime");
  mkdirSync(folder, { recursive: true });
  const node = join(folder, "node");
  copyFileSync(join(from, "bin/node"), node);
  strip(arch, node);
  return { node, nodeLicense: join(from, "LICENSE") };
}
