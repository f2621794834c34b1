// `pnpm release`: everything that is published, into dist/. See docs/packaging.md.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildTools } from "../tools-executable.mjs";
import { isBuilt } from "./bundled.mjs";
import {
  architectures,
  buildFolder,
  maintainer,
  PACKAGE_RELEASE,
  root,
  sourceDateEpoch,
  version,
} from "./facts.mjs";
import { layout } from "./layout.mjs";
import { materialize } from "./materialize.mjs";
import { writePackage } from "./nfpm.mjs";
import { completeForNpm, pack, publishedPackages } from "./npm.mjs";
import { packages, versionForPackages } from "./packages.mjs";
import { placesOf } from "./places.mjs";
import { progressOn } from "./progress.mjs";
import { bom } from "./sbom.mjs";
import { writeSource } from "./source.mjs";
import { hasLicenseOfExecutable, stage } from "./stage.mjs";
import { writeSums } from "./sums.mjs";

const { values } = parseArgs({
  options: {
    arch: { type: "string", default: Object.keys(architectures).join(",") },
    formats: { type: "string", default: "deb,rpm,npm,source" },
    maintainer: { type: "string" },
    out: { type: "string", default: join(root, "dist") },
  },
});

const progress = progressOn(process.stderr);

function say(text) {
  progress.clear();
  process.stdout.write(`${text}\n`);
}

const facts = {
  version: versionForPackages(),
  release: PACKAGE_RELEASE,
  epoch: sourceDateEpoch(),
  maintainer: maintainer(values.maintainer),
};

/** Alternatives lie apart, so that all packages of the folder itself can be installed at once. */
function outFor(name) {
  if (packages[name].alternativeTo === undefined) return values.out;
  const folder = join(values.out, "tools-bun");
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Writes the packages of one architecture and one format. */
function writePackages(arch, format, made) {
  const places = placesOf(format, architectures[arch]);
  const scratch = join(buildFolder, arch, format);
  rmSync(scratch, { recursive: true, force: true });
  const entries = materialize(layout(format, places, made), places, join(scratch, "files"));
  for (const name of Object.keys(packages)) {
    if (packages[name].alternativeTo !== undefined && made.tools === undefined) continue;
    if (packages[name].isMeta && arch !== architecturesAsked[0]) continue; // the same file for all
    progress.show(`${arch}, ${format}: ${name}`);
    say(writePackage(name, entries, { ...facts, format, arch, scratch, out: outFor(name) }));
  }
}

const architecturesAsked = values.arch.split(",").filter((one) => one !== "");
const formats = values.formats.split(",").filter((one) => one !== "");
for (const arch of architecturesAsked) {
  if (!Object.hasOwn(architectures, arch)) throw new Error(`no architecture ${arch}`);
}
if (!isBuilt()) throw new Error("the programs are not built: pnpm build");
rmSync(values.out, { recursive: true, force: true });
mkdirSync(values.out, { recursive: true });
const release = `${facts.version}-${facts.release}`;
const prebuilds = architecturesAsked.map((arch) => {
  progress.show(`${arch}: programs and native parts`);
  const made = stage(arch, placesOf("deb", architectures[arch]), { ...facts, version: version(), release });
  if (hasLicenseOfExecutable()) {
    progress.show(`${arch}: tools as one executable`);
    made.tools = buildTools(architectures[arch].node, join(buildFolder, arch, "tools"));
  } else say("left out: the tools as one executable, as a licence is missing here (Debian has it)");
  for (const format of formats.filter((one) => one === "deb" || one === "rpm"))
    writePackages(arch, format, made);
  return made.prebuilds;
});
if (formats.includes("npm")) {
  progress.show("npm packages");
  completeForNpm(prebuilds);
  for (const file of pack(publishedPackages(), join(values.out, "npm"))) say(file);
}
if (formats.includes("source")) {
  progress.show("source");
  say(writeSource(values.out, { ...facts, release }));
}
progress.show("list of parts, checksums");
const sbom = join(values.out, "sbom.cdx.json");
writeFileSync(sbom, `${JSON.stringify(bom(version(), facts.epoch), undefined, 2)}\n`);
writeSums(values.out);
say(`${sbom}\n${join(values.out, "SHA256SUMS")}`);
