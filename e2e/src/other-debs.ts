import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

import { command } from "./command.ts";
import { filesBelow } from "./files.ts";

const PROGRAM = /\.js$/;
const MODULE = /^mod_gearman_ts\.so$/;

function replaceIn(path: string, from: string, to: string): void {
  const text = readFileSync(path, "latin1");
  if (text.includes(from)) writeFileSync(path, text.replaceAll(from, to), "latin1");
}

/**
 * Makes packages of another version out of those in a folder: what programs, module and dpkg say about their version is
 * replaced, nothing else.
 *
 * @param from version in the packages, `A.B.C`
 * @param to as long as that
 */
export async function makeOtherDebs(
  debs: readonly string[],
  from: string,
  to: string,
  out: string,
): Promise<void> {
  if (to.length !== from.length) throw new Error(`${to} is not as long as ${from}`);
  mkdirSync(out, { recursive: true });
  const tree = join(out, "tree");
  for (const deb of debs) {
    rmSync(tree, { recursive: true, force: true });
    await command("dpkg-deb", ["--raw-extract", deb, tree]);
    replaceIn(join(tree, "DEBIAN/control"), from, to);
    rmSync(join(tree, "DEBIAN/md5sums"), { force: true });
    for (const file of filesBelow(tree)) {
      const name = basename(file);
      if (PROGRAM.test(name)) replaceIn(file, `"${from}"`, `"${to}"`);
      else if (MODULE.test(name)) replaceIn(file, `\0${from}\0`, `\0${to}\0`);
    }
    const name = basename(deb).replace(`_${from}-`, `_${to}-`);
    await command("dpkg-deb", ["--build", "--root-owner-group", "-Znone", tree, join(out, name)]);
  }
  rmSync(tree, { recursive: true, force: true });
}
