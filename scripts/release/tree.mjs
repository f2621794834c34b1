// For the Makefile: everything as `make install` copies it, below build/tree/<name>/root, and the list of it beside. One line for
// each path: kind, mode, package, path, separated by blanks. Run through `node scripts/bootstrap.mjs tree`.
import { chmodSync, copyFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { architectures, maintainer, PACKAGE_RELEASE, root, sourceDateEpoch, version } from "./facts.mjs";
import { layout } from "./layout.mjs";
import { materialize } from "./materialize.mjs";
import { versionForPackages } from "./packages.mjs";
import { placesOf } from "./places.mjs";
import { stage } from "./stage.mjs";

const { values } = parseArgs({
  options: {
    format: { type: "string", default: "prefix" },
    prefix: { type: "string", default: "/usr/local" },
    sysconfdir: { type: "string", default: "/etc" },
    runtime: { type: "string", default: "" }, // path of a Node; empty: the packaged one
    out: { type: "string" },
  },
});

/** Architecture of this machine, which is what is built for. */
const arch = Object.keys(architectures).find((name) => architectures[name].node === process.arch);
if (arch === undefined) throw new Error(`no packages for ${process.arch}`);
if (!["deb", "rpm", "prefix"].includes(values.format)) throw new Error(`no format ${values.format}`);

function place({ kind, from, to, target, mode }, folder) {
  const path = join(folder, to);
  if (kind === "dir") return mkdirSync(path, { recursive: true, mode });
  mkdirSync(dirname(path), { recursive: true });
  if (kind === "link") return symlinkSync(target, path);
  copyFileSync(from, path);
  return chmodSync(path, mode);
}

const places = placesOf(values.format, architectures[arch], values);
const out = join(root, values.out);
const facts = {
  version: version(),
  release: `${versionForPackages()}-${PACKAGE_RELEASE}`,
  epoch: sourceDateEpoch(),
  maintainer: maintainer(),
};
const made = stage(arch, places, facts, values.runtime === "" ? undefined : values.runtime);
rmSync(out, { recursive: true, force: true });
const entries = materialize(layout(values.format, places, made), places, join(out, "files"));
for (const entry of entries) place(entry, join(out, "root"));
const lines = entries.map(
  ({ kind, mode, package: owner, to }) => `${kind} ${(mode ?? 0o777).toString(8)} ${owner} ${to}\n`,
);
writeFileSync(join(out, "list"), lines.join(""));
