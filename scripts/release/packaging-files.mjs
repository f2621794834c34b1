// Files of packaging/: services, users, settings, scripts. Where each goes is said in packaging/README.md.
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { root } from "./facts.mjs";
import { filesOf } from "./programs.mjs";

const folder = join(root, "packaging");

/** Package of a file, by its path below packaging/; the first match wins. */
const OWNERS = [
  [/^libexec\/|\/mod-gearman-ts\.conf$/, "mod-gearman-ts-runtime"],
  [/worker/, "mod-gearman-ts-worker"],
  [/gearmand|gearman-job-server/, "mod-gearman-ts-server"],
  [/module|bridge/, "mod-gearman-ts-module"],
  [/send_gearman/, "mod-gearman-ts-tools"],
];

/** Package of a file of packaging/. @throws Error for a name that fits none */
export function ownerOf(path) {
  if (path.startsWith("lintian/")) return basename(path);
  const found = OWNERS.find(([pattern]) => pattern.test(path));
  if (found === undefined) throw new Error(`packaging/${path}: its name says no package`);
  return found[1];
}

/**
 * Where a file of `etc` goes: `*.conf` into the folder of the configuration, `*.sysconfig` and settings of a service to where
 * the system has those.
 */
function placeOfSettings(name, format, places) {
  if (name.endsWith(".conf")) return join(places.config, name);
  const isRpm = format === "rpm";
  if (name.endsWith(".sysconfig"))
    return isRpm ? join(places.defaults, name.replace(".sysconfig", "")) : undefined;
  const hasOwnForRpm = name === "gearman-job-server"; // other names of file and variable
  return isRpm && hasOwnForRpm ? undefined : join(places.defaults, name);
}

/** Folders of packaging/: kind and mode of their files, and the path that each gets; undefined leaves the file out. */
const KINDS = {
  systemd: { kind: "file", mode: 0o644, to: (name, _, places) => join(places.units, name) },
  sysusers: { kind: "file", mode: 0o644, to: (name, _, places) => join(places.sysusers, name) },
  tmpfiles: { kind: "file", mode: 0o644, to: (name, _, places) => join(places.tmpfiles, name) },
  logrotate: { kind: "config", mode: 0o644, to: (name, _, places) => join(places.etc, "logrotate.d", name) },
  init: {
    kind: "config",
    mode: 0o755,
    to: (name, format, places) => (format === "rpm" ? undefined : join(places.etc, "init.d", name)),
  },
  etc: { kind: "config", mode: 0o644, to: placeOfSettings },
  examples: {
    kind: "file",
    mode: 0o644,
    to: (name, _, places) => join(places.doc, ownerOf(`examples/${name}`), "examples", name),
  },
  man: {
    kind: "gzip",
    mode: 0o644,
    to: (name, _, places) => join(places.man, `man${name.at(-1)}`, `${name}.gz`),
  },
  // what Debian's checker of packages says in vain, and why
  lintian: {
    kind: "file",
    mode: 0o644,
    to: (name, format, places) => (format === "deb" ? join(places.lintian, name) : undefined),
  },
  "bash-completion": { kind: "file", mode: 0o644, to: (name, _, places) => join(places.bash, name) },
  "zsh-completion": { kind: "file", mode: 0o644, to: (name, _, places) => join(places.zsh, name) },
  sbin: { kind: "file", mode: 0o755, to: (name, _, places) => join(places.sbin, name) },
  libexec: { kind: "file", mode: 0o755, to: (name, _, places) => join(places.suite, "libexec", name) },
};

/** Folders of packaging/ whose files are installed. */
export const installedFolders = Object.keys(KINDS);

/**
 * Entries of the layout that packaging/ brings.
 *
 * @param format `deb`, `rpm` or `prefix`
 * @param places from placesOf()
 */
export function packagingFiles(format, places) {
  return Object.entries(KINDS).flatMap(([part, { kind, mode, to: placeOf }]) => {
    const here = join(folder, part);
    if (!existsSync(here)) return [];
    return filesOf(here).flatMap((name) => {
      const to = placeOf(name, format, places);
      const owner = ownerOf(`${part}/${name}`);
      if (to === undefined) return [];
      const entry = { package: owner, kind, mode, from: join(here, name), to, adapted: true };
      return [entry, ...linkToSettings(entry, places)];
    });
  });
}

/** Units and scripts name /etc/mod-gearman everywhere; an rpm has the settings in the folder of the classic one. */
function linkToSettings({ package: owner, to }, places) {
  const folderOfUnits = join(places.etc, "mod-gearman");
  if (!to.startsWith(`${places.config}/`) || places.config === folderOfUnits) return [];
  const target = join("..", basename(places.config), basename(to));
  return [{ package: owner, kind: "link", to: join(folderOfUnits, basename(to)), target }];
}

/** Maintainer script of nfpm: suffix of our file for a deb, for an rpm. */
const SCRIPTS = {
  preinstall: ["preinst", "rpm.pre"],
  postinstall: ["postinst", "rpm.post"],
  preremove: ["prerm", "rpm.preun"],
  postremove: ["postrm", "rpm.postun"],
};

/** Maintainer scripts of a package: name that nfpm has for each, and path. */
export function maintainerScripts(name, format) {
  const found = Object.entries(SCRIPTS).flatMap(([key, [deb, rpm]]) => {
    const path = join(folder, "scripts", `${name}.${format === "rpm" ? rpm : deb}`);
    return existsSync(path) ? [[key, path]] : [];
  });
  return Object.fromEntries(found);
}

/** Triggers of dpkg: directive with underscores, as nfpm has them, to paths. */
export function dpkgTriggers(name) {
  const path = join(folder, "scripts", `${name}.triggers`);
  if (!existsSync(path)) return {};
  const lines = readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  const rows = lines.map((line) => line.split(/\s+/));
  return Object.fromEntries(
    [...Map.groupBy(rows, ([directive]) => directive.replaceAll("-", "_"))].map(([directive, group]) => [
      directive,
      group.map(([, path]) => path),
    ]),
  );
}
