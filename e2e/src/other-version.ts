import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { programs, root } from "./paths.ts";

/**
 * Puts a copy of the built module that says another version of the same length in the place of a link to it, as an upgrade
 * of the package would.
 *
 * @param digit last character of the version
 */
export function installOtherVersion(path: string, digit: number): void {
  const { version } = JSON.parse(readFileSync(join(root, "native/neb/package.json"), "utf8")) as {
    version: string;
  };
  const module = readFileSync(programs.shim);
  const text = Buffer.from(`\0${version}\0`);
  const at = module.indexOf(text);
  if (at < 0 || module.indexOf(text, at + 1) >= 0)
    throw new Error(`no unique ${version} in ${programs.shim}`);
  module.write(`${version.slice(0, -1)}${digit}`, at + 1, "latin1");
  writeFileSync(`${path}.new`, module, { mode: 0o755 });
  renameSync(`${path}.new`, path);
}
