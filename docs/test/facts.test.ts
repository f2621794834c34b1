import { existsSync, globSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { lineAt, ROOT, read, textFiles } from "../src/repository.ts";

const files = textFiles();
const documents = files.filter(({ path }) => path.endsWith(".md") && !path.startsWith("docs/spec/"));
const manifest = (path: string) => JSON.parse(read(path));
const bootstrap = read("scripts/bootstrap.mjs");
const constant = (name: string) => new RegExp(`${name} = (.*?);`).exec(bootstrap)?.[1] ?? "";
const NODE = JSON.parse(constant("NODE_VERSION")) as string;
const PNPM = JSON.parse(constant("PNPM_VERSION")) as string;
const SOURCES_NEED = (JSON.parse(constant("OLDEST_NODE")) as number[]).join(".");

/** Matches of `pattern` in all documents, with the value of the first group. */
function said(pattern: RegExp): { where: string; value: string }[] {
  return documents.flatMap(({ path, text }) =>
    [...text.matchAll(pattern)].map(({ 0: all, 1: value = all, index }) => ({
      where: `${path}:${lineAt(text, index)}`,
      value,
    })),
  );
}

/** The folder of a file and those above it, up to that of the repository. */
function foldersAbove(path: string): string[] {
  const folder = dirname(path);
  return folder === "." ? ["."] : [folder, ...foldersAbove(folder)];
}

describe("versions", () => {
  const programs = files
    .map(({ path }) => dirname(path))
    .filter((folder, at, all) => /^(?:apps|packages)\/[^/]+$/.test(folder) && all.indexOf(folder) === at)
    .map((folder) => `${folder}/package.json`);
  const engines = new Set(programs.map((path) => manifest(path).engines.node));

  test("all programs and packages require the same Node", () => expect([...engines]).toEqual([">=22.13"]));

  test("documents mention only the Node versions required by programs, sources or bootstrap", () => {
    const needed = [...engines][0]?.slice(2) ?? "";
    const places = said(/\bNode (?:≥|>=) ?(\d+(?:\.\d+)*)/g);
    expect(places.length).toBeGreaterThan(1);
    expect(places.filter(({ value }) => value !== needed)).toEqual([]);
    const others = said(/\bNode (\d+(?:\.\d+)*) or (?:later|newer)|\bNode from (\d+(?:\.\d+)*) on/g).map(
      ({ value }) => value.replace(/^.*?(\d+(?:\.\d+)*).*$/s, "$1"),
    );
    const bootstrapNeeds = manifest("package.json").engines.node.slice(2);
    expect(others.filter((value) => ![SOURCES_NEED, bootstrapNeeds].includes(value))).toEqual([]);
    expect(others).toEqual(expect.arrayContaining([SOURCES_NEED, bootstrapNeeds]));
  });

  test("all packages and the changelog have the version of the suite", () => {
    const { version } = manifest("package.json");
    const paths = globSync(["*/package.json", "{apps,native,packages}/*/package.json"], { cwd: ROOT });
    expect(paths.length).toBeGreaterThan(30);
    expect(paths.filter((path) => manifest(path).version !== version)).toEqual([]);
    expect(/^## (\S+)/m.exec(read("CHANGELOG.md"))?.[1]).toBe(version);
  });

  test("programs run from source require the Node that runs sources", () => {
    const fromSource = ["playground", "bench", "docs"].map(
      (folder) => manifest(`${folder}/package.json`).engines.node,
    );
    expect(new Set(fromSource)).toEqual(new Set([`>=${SOURCES_NEED}`]));
  });

  test(".nvmrc, bootstrap and documents name the same Node", () => {
    expect(read(".nvmrc").trim()).toBe(NODE);
    expect(said(/\bnode-(\d+\.\d+\.\d+)\b/g).filter(({ value }) => value !== NODE)).toEqual([]);
  });

  test("package.json, bootstrap and documents name the same pnpm", () => {
    expect(manifest("package.json").devEngines.packageManager).toMatchObject({ name: "pnpm", version: PNPM });
    const places = said(/\bpnpm[@-](\d+\.\d+\.\d+)\b/g);
    expect(places.length).toBeGreaterThan(1);
    expect(places.filter(({ value }) => value !== PNPM)).toEqual([]);
  });

  test("documents name the range of cores with a known layout", () => {
    const versions = (family: string): string[] =>
      manifest("native/neb/abi/core-abi.json")
        .classes.filter(({ core }: { core: string }) => core === family)
        .flatMap((one: { versions: string[] }) => one.versions);
    const nagios = versions("nagios").sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
    const range = `${nagios[0]}–${nagios.at(-1)}`;
    expect(said(/\bNagios (4\.\d+\.\d+–4\.\d+\.\d+)/g).filter(({ value }) => value !== range)).toEqual([]);
    expect(said(new RegExp(`Nagios (${range})`, "g")).length).toBeGreaterThan(0);
    const naemon = new Set(versions("naemon").map((version) => version.split(".").slice(0, 2).join(".")));
    const named = said(/\bNaemon (1\.\d+)–1\.\d+\b/g);
    expect(named.filter(({ value }) => !naemon.has(value))).toEqual([]);
  });
});

describe("paths", () => {
  test("settings are in /etc/mod_gearman, except for Debian's packages and ours", () => {
    const elsewhere = said(/\/etc\/(?:mod-gearman|mod_gearman-|modgearman)[\w-]*/g).map(
      ({ where }) => where.split(":")[0],
    );
    const OF_PACKAGES = new Set([
      "docs/operations.md",
      "docs/install.md",
      "docs/containers.md",
      "packaging/README.md",
    ]);
    const ofPackages = (path = "") => OF_PACKAGES.has(path) || path.startsWith("docs/migration/");
    expect(elsewhere.filter((path) => !ofPackages(path))).toEqual([]);
    expect(read("docs/operations.md")).toContain("`/etc/mod-gearman` with those of Debian");
    const manuals = files.filter(({ path }) => path.startsWith("packages/config/scripts/manuals/"));
    expect(manuals.filter(({ text }) => text.includes("/etc/mod-gearman"))).toEqual([]);
    expect(said(/\/etc\/mod_gearman\//g).length).toBeGreaterThan(5);
  });

  test("state and sockets are where the programs expect them", () => {
    const state = /SITE_FOLDER = "([^"]*)"/.exec(read("apps/worker/src/state-folder.ts"))?.[1];
    const home = /^u gearman .* (\S+)$/m.exec(read("packaging/sysusers/gearmand-ts.conf"))?.[1];
    const folders = new Set([state, home]);
    expect(said(/\/var\/lib\/[\w-]*gearman\b/g).filter(({ value }) => !folders.has(value))).toEqual([]);
    const shim = files.find(
      ({ path }) => path.startsWith("native/neb/src/") && path.endsWith("endpoint.c"),
    )?.text;
    expect(shim).toContain('"/run/mod_gearman"');
    const bridge = /^RuntimeDirectory=(.*)$/m.exec(read("packaging/systemd/mod-gearman-bridge.service"))?.[1];
    const sockets = new Set(["/run/mod_gearman", `/run/${bridge}`]);
    expect(said(/\/run\/mod[-_]gearman\b/g).filter(({ value }) => !sockets.has(value))).toEqual([]);
  });

  test("files of the repository named in a document exist", () => {
    const IN_REPOSITORY =
      /^(?:apps|packages|native|docs|scripts|vectors|e2e|bench|playground|\.ci|\.changeset|src|test|perl|abi|testcore)\//;
    const BUILT = /(?:^|\/)(?:dist|build|prebuilds|node_modules)(?:\/|$)/;
    const exists = (path: string, named: string) =>
      foldersAbove(path).some((folder) => existsSync(join(ROOT, folder, named)));
    const missing = documents.flatMap(({ path, text }) =>
      [...text.matchAll(/`([\w.@-]+\/[\w./@-]*)`/g)]
        .filter(
          ({ 1: named = "" }) => IN_REPOSITORY.test(named) && !BUILT.test(named) && !exists(path, named),
        )
        .map(({ 1: named, index }) => `${path}:${lineAt(text, index)}: ${named}`),
    );
    expect(missing).toEqual([]);
  });
});

test("no file of code has more than 400 lines, unless it is generated", () => {
  const GENERATED = ["native/neb/src/layout/abi_fields.h", "native/neb/src/layout/abi_tables.c"];
  const long = files.filter(
    ({ path, text }) => !/\.(?:md|ya?ml)$/.test(path) && text.split("\n").length > 401,
  );
  expect(long.map(({ path }) => path)).toEqual(GENERATED);
});

test("documented defaults of submitTimeoutMs match the code", () => {
  for (const folder of new Set(files.map(({ path }) => /^packages\/[^/]+\/src/.exec(path)?.[0]))) {
    if (folder === undefined) continue;
    const sources = files.filter(({ path }) => path.startsWith(`${folder}/`)).map(({ text }) => text);
    const documented = sources.flatMap((text) =>
      [...text.matchAll(/Default (\d+)\. \*\/\n\s*readonly submitTimeoutMs\?/g)].map(([, value]) =>
        Number(value),
      ),
    );
    const used = sources.flatMap((text) =>
      [...text.matchAll(/submitTimeoutMs(?: \?\?| =) ([A-Z_]+)/g)].map(({ 1: name }) =>
        Number(new RegExp(`const ${name} = ([\\d_]+)`).exec(text)?.[1]?.replaceAll("_", "")),
      ),
    );
    expect({ folder, values: new Set(documented) }).toEqual({ folder, values: new Set(used) });
  }
});
