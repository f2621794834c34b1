// Lays the built programs of this checkout out as the packages do, for images of a version that is not packaged:
// `node packaging/containers/tree.mjs FOLDER`, then build.sh --tree FOLDER.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { packagedLauncher, programs } from "../../scripts/release/programs.mjs";

const NODE = "/usr/lib/mod-gearman-ts/bin/node";
const MODULE = "/usr/lib/mod_gearman/mod_gearman_ts.so";

const root = join(import.meta.dirname, "../..");
const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: tree.mjs FOLDER");

function copy(from, to) {
  mkdirSync(dirname(join(folder, to)), { recursive: true });
  cpSync(from, join(folder, to), { recursive: true, preserveTimestamps: true });
}

copy(process.execPath, NODE);
copy(join(root, "native/neb/build/mod_gearman.so"), MODULE);
for (const { command, app } of programs) {
  const place = `/usr/lib/mod-gearman-ts/${command}`;
  copy(join(root, "apps", app, "dist"), place);
  const main = join(folder, place, "main.js");
  writeFileSync(main, packagedLauncher(readFileSync(main, "utf8"), NODE));
}
