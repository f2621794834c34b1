// Writes deb and rpm with nfpm, whose configuration is made here. JSON, which is YAML too.
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { architectures } from "./facts.mjs";
import { packages, relations } from "./packages.mjs";
import { dpkgTriggers, maintainerScripts } from "./packaging-files.mjs";
import { run } from "./run.mjs";
import { nfpm } from "./tools.mjs";

const WIDTH = 76;

/** Text in lines of at most {@link WIDTH} characters. */
export function lines(text) {
  const wrapped = text.match(new RegExp(`.{1,${WIDTH}}(?= |$)`, "g")) ?? [];
  return wrapped.map((line) => line.trim()).join("\n");
}

/**
 * Content of an entry as nfpm writes it. All times are that of the release, all owners root: scripts give folders to others.
 */
function content({ kind, from, to, target, mode }, mtime, format) {
  const info = { mode, owner: "root", group: "root", mtime };
  if (kind === "link") return { src: target, dst: to, type: "symlink", file_info: { ...info, mode: 0o777 } };
  if (kind === "dir") return { dst: to, type: "dir", file_info: info };
  const type = kind === "config" ? "config|noreplace" : kindForRpm(to, format);
  return { src: from, dst: to, ...(type === undefined ? {} : { type }), file_info: info };
}

/** Licences and documentation are marked in an rpm: `--nodocs` leaves the latter out. */
function kindForRpm(to, format) {
  if (format !== "rpm" || !/\/share\/(?:doc|man)\//.test(to)) return undefined;
  return /\/(?:copyright|LICENSE)[^/]*$/.test(to) ? "license" : "doc";
}

/**
 * Configuration of nfpm for one package.
 *
 * @param name of the package
 * @param entries of the layout, materialized; those of other packages are left out
 * @param facts `format`, `arch`, `version`, `release` (number), `epoch` in seconds, `maintainer`
 */
export function nfpmConfig(name, entries, { format, arch, version, release, epoch, maintainer }) {
  const { title, text, license, isMeta } = packages[name];
  const mtime = new Date(epoch * 1000).toISOString().replace(".000", "");
  const row = architectures[arch];
  const { depends, recommends, suggests, conflicts, replaces, provides } = relations(
    name,
    format,
    row,
    `${version}-${release}`,
  );
  const own = entries.filter((entry) => entry.package === name);
  return {
    name,
    arch: isMeta ? "all" : arch,
    platform: "linux",
    version,
    version_schema: "none",
    release,
    section: "net",
    priority: "optional",
    maintainer,
    vendor: "Mod-Gearman for TypeScript",
    license,
    description: `${title}\n${lines(text)}`,
    mtime,
    ...{ depends, recommends, suggests, conflicts, replaces, provides },
    contents: own.map((entry) => content(entry, mtime, format)),
    scripts: maintainerScripts(name, format),
    rpm: { summary: title, group: "System/Monitoring", buildhost: "reproducible", compression: "gzip:9" },
    deb: { compression: "gzip", triggers: format === "deb" ? dpkgTriggers(name) : {} },
  };
}

/** Writes one package. @returns path of the file that was written */
export function writePackage(name, entries, { scratch, out, ...facts }) {
  mkdirSync(scratch, { recursive: true });
  const config = join(scratch, `${name}.${facts.format}.json`);
  writeFileSync(config, `${JSON.stringify(nfpmConfig(name, entries, facts), undefined, 1)}\n`);
  const file = join(out, fileName(name, facts));
  run(nfpm(), ["package", "--config", config, "--packager", facts.format, "--target", file]);
  if (!statSync(file).isFile()) throw new Error(`${file} has not been written`);
  return file;
}

/** The conventional name of a package file. */
export function fileName(name, { format, arch, version, release }) {
  const { isMeta } = packages[name];
  if (format === "deb") return `${name}_${version}-${release}_${isMeta ? "all" : arch}.deb`;
  return `${name}-${version}-${release}.${isMeta ? "noarch" : architectures[arch].rpm}.rpm`;
}
