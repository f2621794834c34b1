// What is in each package and where: the one list from which deb, rpm and `make install` are made.
import { basename, dirname, join, relative } from "node:path";
import { manualSection } from "../programs.mjs";
import { root } from "./facts.mjs";
import { packages } from "./packages.mjs";
import { packagingFiles } from "./packaging-files.mjs";
import { filesOf, programs } from "./programs.mjs";

const CLASSIC_MODULE_NAMES = [
  "mod_gearman.so",
  "mod_gearman.o",
  "mod_gearman_naemon.o",
  "mod_gearman_nagios4.o",
];

/**
 * One thing that is installed.
 *
 * @typedef {object} Entry
 * @property {string} package
 * @property {"file"|"config"|"link"|"gzip"|"dir"} kind config: a file that belongs to the administrator; gzip: packed when installed
 * @property {string} to absolute path
 * @property {string} [from] path of the file; a link has none
 * @property {string} [target] of a link, relative to its folder; absolute for a Node of the system
 * @property {number} [mode]
 * @property {boolean} [adapted] a text with the paths of a deb in it
 */

/**
 * @param format `deb`, `rpm` or `prefix`
 * @param places from placesOf()
 * @param made what the build has made: `node` and `nodeLicense`, or `systemNode`; `module`, `programs` (command to folder), `documents`, perhaps `tools` (executable)
 * @returns {Entry[]} sorted by path
 */
export function layout(format, places, made) {
  const entries = [
    ...runtime(places, made),
    ...module(places, made),
    ...programs.flatMap((program) => ofProgram(program, format, places, made)),
    ...toolsExecutable(format, places, made),
    ...packagingFiles(format, places).filter(
      (one) => made.tools !== undefined || !isAlternative(one.package),
    ),
    ...documents(places, made),
  ];
  const unique = new Map();
  for (const entry of entries) {
    const key = `${isAlternative(entry.package)} ${entry.to}`;
    if (unique.has(key)) throw new Error(`${entry.to} comes from two files`);
    unique.set(key, entry);
  }
  return [...ownFolders([...unique.values()]), ...unique.values()].toSorted((a, b) => (a.to < b.to ? -1 : 1));
}

const isAlternative = (owner) => packages[owner].alternativeTo !== undefined;

/** Folders that only this suite makes; rpm removes those that a package lists. Several packages may list one. */
function ownFolders(entries) {
  const found = new Map();
  for (const { package: owner, to } of entries) {
    for (let path = dirname(to); /mod[-_]gearman/.test(path); path = dirname(path)) {
      found.set(`${owner} ${path}`, { package: owner, kind: "dir", mode: 0o755, to: path });
    }
  }
  return [...found.values()];
}

const link = (owner, to, target) => ({
  package: owner,
  kind: "link",
  to,
  target: relative(join(to, ".."), target),
});

function runtime(places, { node, nodeLicense, systemNode }) {
  const owner = "mod-gearman-ts-runtime";
  const to = `${places.suite}/bin/node`;
  if (systemNode !== undefined) return [{ package: owner, kind: "link", to, target: systemNode }];
  return [
    { package: owner, kind: "file", mode: 0o755, from: node, to },
    {
      package: owner,
      kind: "file",
      mode: 0o644,
      from: nodeLicense,
      to: `${places.doc}/${owner}/LICENSE.node`,
    },
  ];
}

function module(places, made) {
  const owner = "mod-gearman-ts-module";
  const to = `${places.module}/mod_gearman_ts.so`;
  return [
    { package: owner, kind: "file", mode: 0o755, from: made.module, to },
    ...CLASSIC_MODULE_NAMES.map((name) => link(owner, `${places.module}/${name}`, to)),
    ...places.classicModule.flatMap((folder) =>
      CLASSIC_MODULE_NAMES.map((name) => link(owner, `${folder}/${name}`, to)),
    ),
    ...[
      { from: join(root, "native/neb/LICENSE"), to: `${places.doc}/${owner}/LICENSE.GPL-2` },
      ...["operations", "differences"].map((name) => ({
        from: join(root, `docs/${name}.md`),
        to: `${places.doc}/${owner}/${name}.md`,
      })),
    ].map((file) => ({ package: owner, kind: "file", mode: 0o644, ...file })),
  ];
}

function ofProgram(program, format, places, made) {
  const { command, package: owner } = program;
  const folder = `${places.suite}/${command}`;
  return [
    ...filesOf(made.programs[command]).map((name) => ({
      package: owner,
      kind: "file",
      mode: name === "main.js" || name.endsWith(".pl") ? 0o755 : 0o644,
      from: join(made.programs[command], name),
      to: `${folder}/${name}`,
    })),
    ...aroundProgram(program, owner, `${folder}/main.js`, format, places),
  ];
}

/** Commands, manual and completions. */
function aroundProgram({ command, sbin }, owner, started, format, places) {
  const section = manualSection(command);
  const file = { package: owner, kind: "file", mode: 0o644 };
  return [
    link(owner, `${sbin ? places.sbin : places.bin}/${command}`, started),
    ...classicCommands(command, format, places).map((to) => link(owner, to, started)),
    {
      ...file,
      kind: "gzip",
      from: join(root, `docs/man/${command}.${section}`),
      to: `${places.man}/man${section}/${command}.${section}.gz`,
    },
    { ...file, from: join(root, `docs/completions/bash/${command}`), to: `${places.bash}/${command}` },
    { ...file, from: join(root, `docs/completions/zsh/_${command}`), to: `${places.zsh}/_${command}` },
  ];
}

/** The tools once more, as one executable, if there is one. */
function toolsExecutable(format, places, { tools }) {
  if (tools === undefined) return [];
  const owner = "mod-gearman-ts-tools-bun";
  const to = `${places.suite}/tools/mod-gearman-tools`;
  return [
    { package: owner, kind: "file", mode: 0o755, from: tools, to },
    ...programs
      .filter((program) => program.package === packages[owner].alternativeTo)
      .flatMap((program) => aroundProgram(program, owner, to, format, places)),
  ];
}

/** Further paths of a command in the classic packages. */
function classicCommands(command, format, places) {
  const isPlugin = command === "check_gearman" || (format === "deb" && command.startsWith("send_"));
  if (isPlugin) return [`${places.plugins}/${command}`];
  return format === "deb" && command === "mod_gearman_worker" ? [`${places.sbin}/${command}`] : [];
}

/** Licences, changes: a folder of generated files for each package. */
function documents(places, made) {
  const owners = Object.keys(packages).filter((owner) => made.tools !== undefined || !isAlternative(owner));
  return owners.flatMap((owner) =>
    (made.documents[owner] ?? []).map((from) => ({
      package: owner,
      kind: "file",
      mode: 0o644,
      from,
      to: `${places.doc}/${owner}/${basename(from)}`,
    })),
  );
}
