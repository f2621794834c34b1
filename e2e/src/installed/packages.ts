import { mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

import { command } from "../command.ts";
import { filesBelow } from "../files.ts";
import { root } from "../paths.ts";

const BUILD_MS = 600_000;
/** Of an architecture, in the names of packages. */
const NAMES = { amd64: "_amd64|\\.x86_64", arm64: "_arm64|\\.aarch64" } as const;
/** What packages are made of. */
const SOURCES = ["apps", "packaging", "scripts/release", "native/neb/src", "docs/man"];

/**
 * Packages of this checkout, built if there are none or if something is newer.
 *
 * `E2E_PACKAGES` names a folder with packages to test instead.
 *
 * @param formats `deb`, `rpm` or both
 * @returns the folder that holds them
 */
export async function ensurePackages(arch: keyof typeof NAMES, formats: readonly string[]): Promise<string> {
  const given = process.env.E2E_PACKAGES ?? "";
  if (given !== "") return given;
  const out = join(root, "e2e/build", `${arch}-${formats.join("-")}`);
  const changed = Math.max(...SOURCES.map(timeOfNewest));
  const isFresh = (folder: string): boolean =>
    Math.min(...formats.map((format) => timeOfOldest(folder, format, arch))) > changed;
  const found = [join(root, "dist"), out].find(isFresh);
  if (found !== undefined) return found;
  mkdirSync(out, { recursive: true });
  const release = join(root, "scripts/release/main.mjs");
  const args = [release, "--arch", arch, "--formats", formats.join(","), "--out", out];
  await command(process.execPath, args, { timeoutMs: BUILD_MS });
  return out;
}

/** Modification time in milliseconds; 0 if there is none. */
function timeOfOldest(folder: string, format: string, arch: keyof typeof NAMES): number {
  try {
    const isAsked = new RegExp(`(?:${NAMES[arch]})\\.${format}$`);
    const names = readdirSync(folder).filter((name) => isAsked.test(name));
    return names.length === 0 ? 0 : Math.min(...names.map((name) => statSync(join(folder, name)).mtimeMs));
  } catch {
    return 0;
  }
}

function timeOfNewest(folder: string): number {
  const files = filesBelow(join(root, folder)).filter((path) => !path.includes("node_modules"));
  return Math.max(0, ...files.map((path) => statSync(path).mtimeMs));
}
