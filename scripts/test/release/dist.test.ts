// @module-tag slow
// The packages in dist/, which the step "release" of scripts/check.mjs has built.
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { built, debField, rpmQuery, unpack } from "./dist.ts";
import { type Program, releaseScript } from "./release-script.ts";

const { programs } = await releaseScript<{ programs: readonly Program[] }>("programs");

/** Packages that run on this machine. */
const HOST = process.arch === "arm64" ? "_arm64.deb" : "_amd64.deb";
/** How many files of machine code each package has: Node, the module, the addon of a program. */
const BINARIES: Readonly<Record<string, number>> = { runtime: 1, module: 2, worker: 1, server: 1, tools: 0 };
/** CI builds for amd64 only, `pnpm test:long` for all. */
const ENDS = process.env.MGM_DIST === "all" ? ["_amd64.deb", "_arm64.deb"] : ["_amd64.deb"];
const root = fileURLToPath(new URL("../../..", import.meta.url));
/** Oldest C library that is supported: RHEL 8; and the C++ library that Node needs. */
const NEWEST: Readonly<Record<string, readonly number[]>> = {
  GLIBC: [2, 28],
  GLIBCXX: [3, 4, 25],
  CXXABI: [1, 3, 11],
};

const isElf = (path: string) =>
  lstatSync(path).isFile() && readFileSync(path).subarray(0, 4).toString("latin1") === "\x7fELF";

/** Versions of library functions that are needed and newer than {@link NEWEST}. */
function tooNew(file: string): string[] {
  const text = execFileSync("readelf", ["--version-info", "--wide", file], {
    encoding: "latin1",
    maxBuffer: 64 * 1024 * 1024,
  });
  // what a program offers itself is listed as definition
  const needs = text.slice(text.indexOf("Version needs section"));
  return [...needs.matchAll(/\b(GLIBC|GLIBCXX|CXXABI)_([\d.]+)/g)].flatMap(
    ([name, library = "", version = ""]) => {
      const parts = version.split(".").map(Number);
      const limit = NEWEST[library] ?? [];
      const at = parts.findIndex((part, index) => part !== (limit[index] ?? 0));
      return at >= 0 && (parts[at] ?? 0) > (limit[at] ?? 0) ? [name] : [];
    },
  );
}

const filesBelow = (folder: string) =>
  (readdirSync(folder, { recursive: true }) as string[]).map((name) => join(folder, name));

test.for(ENDS)("*%s: what is machine code runs with glibc 2.28", (end, context) => {
  for (const [name, file] of built(context, end)) {
    const folder = tmpFolder(context);
    unpack(file, folder);
    const binaries = filesBelow(folder).filter(isElf);
    expect(binaries.length, name).toBe(BINARIES[name.replace("mod-gearman-ts-", "")]);
    for (const binary of binaries) expect(tooNew(binary), binary).toEqual([]);
  }
});

test("the tools as one executable start without Node, under the names of the links", (context) => {
  const folder = tmpFolder(context);
  for (const file of built(context, HOST, "tools-bun").values()) unpack(file, folder);
  const tools = programs.filter((program) => program.package === "mod-gearman-ts-tools");
  expect(tools.length).toBeGreaterThan(3);
  for (const { command: name } of tools) {
    const said = spawnSync(join(folder, "usr/bin", name), ["--version"], { encoding: "utf8", env: {} });
    expect(said.stdout).toMatch(new RegExp(`^${name}[: ].*version`));
  }
  expect(tooNew(join(folder, "usr/lib/mod-gearman-ts/tools/mod-gearman-tools"))).toEqual([]);
});

test("no deb holds sources or what only a debugger reads", (context) => {
  for (const [, file] of built(context, HOST)) {
    const folder = tmpFolder(context);
    unpack(file, folder);
    expect(filesBelow(folder).filter((path) => /\.(?:map|ts|c|o\.d)$/.test(path))).toEqual([]);
  }
});

test("every link of a deb leads to a file of the same deb", (context) => {
  for (const [, file] of built(context, ".deb")) {
    const folder = tmpFolder(context);
    unpack(file, folder);
    const links = filesBelow(folder).filter((path) => lstatSync(path).isSymbolicLink());
    for (const link of links)
      expect(lstatSync(resolve(dirname(link), readlinkSync(link))).isFile(), link).toBe(true);
  }
});

test("every file and folder of a deb belongs to root, who alone may write it", (context) => {
  for (const [, file] of built(context, ".deb")) {
    const rows = execFileSync("dpkg-deb", ["--contents", file], { encoding: "utf8" }).trim().split("\n");
    expect(rows.filter((row) => !/^[-dl]\S{9}\s+root\/root\s/.test(row))).toEqual([]);
    expect(rows.filter((row) => !row.startsWith("l") && /^.{5}w|^.{8}w/.test(row))).toEqual([]);
  }
});

test("launchers name the node of the packages, and that one runs every program without PATH", (context) => {
  const folder = tmpFolder(context);
  const debs = built(context, HOST);
  for (const file of debs.values()) unpack(file, folder);
  const [version] = debField(debs.get("mod-gearman-ts-worker") ?? "", "Version").split("-");
  const suite = join(folder, "usr/lib/mod-gearman-ts");
  const mains = filesBelow(suite).filter((path) => path.endsWith("/main.js"));
  expect(mains.map((main) => basename(dirname(main))).toSorted()).toEqual(
    programs.map(({ command }) => command).toSorted(),
  );
  for (const main of mains) {
    const head = readFileSync(main, "utf8").split("*/;")[0]?.slice(0, 2000) ?? "";
    expect(head, main).toContain("/usr/lib/mod-gearman-ts/bin/node");
    const said = spawnSync(join(suite, "bin/node"), [main, "--version"], { encoding: "utf8", env: {} });
    expect(said.stdout, main).toContain(version);
  }
});

test("settings of a deb are conffiles", (context) => {
  const worker = built(context, HOST).get("mod-gearman-ts-worker") ?? "";
  const conffiles = execFileSync("dpkg-deb", ["--info", worker, "conffiles"], { encoding: "utf8" });
  expect(conffiles.trim().split("\n")).toContain("/etc/mod-gearman/worker.conf");
});

test("an rpm holds the paths of rpm systems, and asks for libraries by the linker's names", (context) => {
  const rpms = built(context, ".x86_64.rpm");
  const module = rpms.get("mod-gearman-ts-module") ?? "";
  expect(rpmQuery(module, "--list")).toEqual(
    expect.arrayContaining(["/usr/lib64/mod_gearman/mod_gearman_naemon.o", "/etc/mod_gearman/module.conf"]),
  );
  expect(rpmQuery(module, "--configfiles")).toContain("/etc/mod_gearman/module.conf");
  expect(rpmQuery(module, "--requires")).toContain("libc.so.6(GLIBC_2.28)(64bit)");
  expect(rpmQuery(module, "--conflicts")).toContain("mod_gearman(x86-64)");
  expect(rpmQuery(module, "--queryformat", "%{BUILDHOST}")).toEqual(["reproducible"]);
});

test("the list of materials fits its schema and names what is bundled", async (context) => {
  built(context, ".deb");
  const text = readFileSync(join(root, "dist/sbom.cdx.json"), "utf8");
  expect(await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text)).toBeNull();
  const { components } = JSON.parse(text) as { components: { name: string }[] };
  const names = components.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["node", "ink", "prom-client", "zod", "node-addon-api"]));
});

test("the checksums are those of the files", (context) => {
  built(context, ".deb");
  const lines = readFileSync(join(root, "dist/SHA256SUMS"), "utf8").trim().split("\n");
  for (const line of lines) {
    const [sum, name = ""] = line.split("  ");
    expect(
      createHash("sha256")
        .update(readFileSync(join(root, "dist", name)))
        .digest("hex"),
      name,
    ).toBe(sum);
  }
});
