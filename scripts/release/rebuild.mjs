// For `pnpm test:long`: builds the release of the commit that is checked out twice, in new clones, and compares; then builds packages
// from the source tarball as distributions do, and compares what is in them.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./facts.mjs";
import { filesOf } from "./programs.mjs";
import { run } from "./run.mjs";

const LIMIT_MS = 3_600_000;
const scratch = mkdtempSync(join(tmpdir(), "mod-gearman-rebuild-"));
const problems = [];

function say(text) {
  process.stdout.write(`${text}\n`);
}

function long(file, args, cwd) {
  run(file, args, { cwd, timeout: LIMIT_MS, env: { ...process.env, TURBO_FORCE: "true" } });
}

/** A release from a new clone of a repository; the tools that were fetched once are taken from here. @returns its dist */
function release(name, from) {
  const folder = join(scratch, name);
  run("git", ["clone", "--quiet", from, folder]);
  cpSync(join(root, ".tools"), join(folder, ".tools"), { recursive: true, verbatimSymlinks: true });
  long(process.execPath, ["scripts/bootstrap.mjs", "release"], folder);
  return join(folder, "dist");
}

function compare(what, first, second) {
  const same = first === second;
  say(`${same ? "same" : "DIFFERENT"}: ${what}`);
  if (!same) problems.push(what);
}

/** Kind, mode and path of what a deb holds; the folders are those of the tool. */
function debContents(file) {
  const rows = run("dpkg-deb", ["--contents", file]).trim().split("\n");
  const cells = rows.filter((row) => !row.startsWith("d")).map((row) => row.split(/\s+/));
  return cells
    .map(([mode, , , , , ...path]) => `${mode} ${path.join(" ")}`)
    .toSorted()
    .join("\n");
}

function debRelations(file) {
  return run("dpkg-deb", ["--field", file, "Depends", "Conflicts", "Replaces", "Provides", "Recommends"])
    .split("\n")
    .toSorted()
    .join("\n");
}

function rpmFacts(file) {
  const rows = ["--list", "--configfiles", "--requires", "--conflicts"].flatMap((query) =>
    run("rpm", ["--query", "--package", "--nosignature", query, file]).trim().split("\n"),
  );
  // the tools themselves need different features of rpm, and rpmbuild its shell
  return rows
    .filter((row) => !/^(?:rpmlib|\/bin\/sh)/.test(row))
    .toSorted()
    .join("\n");
}

/** Builds with a tool of a distribution, if there is one, and compares each package with that of the release. */
function fromSource(tool, dist, build, facts) {
  if (spawnSync(tool, ["--version"]).status !== 0) return say(`left out: ${tool} is not installed`);
  const made = build(join(scratch, tool));
  for (const file of made) {
    const [name] = file.split("/").slice(-1);
    const isMeta = /^mod-gearman-ts-?_?\d/.test(name);
    if (!isMeta) compare(`${name} of ${tool}`, facts(file), facts(join(dist, name)));
  }
  if (made.length !== 6) problems.push(`${tool} made ${made.length} packages`);
}

function buildRpm(dist) {
  return (folder) => {
    const [tarball] = readdirSync(dist).filter((name) => name.endsWith(".tar.gz"));
    long("rpmbuild", ["-tb", "--nodeps", "--define", `_topdir ${folder}`, join(dist, tarball)], scratch);
    const out = join(folder, "RPMS", process.arch === "arm64" ? "aarch64" : "x86_64");
    return readdirSync(out).map((name) => join(out, name));
  };
}

function buildDeb(dist) {
  return (folder) => {
    const [tarball] = readdirSync(dist).filter((name) => name.endsWith(".tar.gz"));
    mkdirSync(folder);
    run("tar", ["-xzf", join(dist, tarball), "-C", folder]);
    long("dpkg-buildpackage", ["-b", "-d", "-us", "-uc"], join(folder, tarball.replace(".tar.gz", "")));
    return readdirSync(folder)
      .filter((name) => name.endsWith(".deb"))
      .map((name) => join(folder, name));
  };
}

/** `make install` below a prefix, a tool started from there, `make uninstall`. */
function viaMake(folder) {
  const prefix = "/opt/mod-gearman";
  const destdir = join(scratch, "installed");
  const variables = [`PREFIX=${prefix}`, `SYSCONFDIR=${prefix}/etc`, `DESTDIR=${destdir}`];
  long("make", ["install", ...variables], folder);
  const suite = join(destdir, prefix, "lib/mod-gearman-ts");
  const said = run(join(suite, "bin/node"), [join(suite, "gearman_top/main.js"), "--help"]);
  compare("a tool of make install prints its help", /--batch/.test(said), true);
  long("make", ["uninstall", ...variables], folder);
  compare("files left by make uninstall", filesOf(destdir).join(" "), "");
}

try {
  const dist = release("first", root);
  const again = release("second-with-a-longer-name", join(scratch, "first"));
  const sums = (folder) => readFileSync(join(folder, "SHA256SUMS"), "utf8");
  compare("checksums of two builds", sums(dist), sums(again));
  fromSource("rpmbuild", dist, buildRpm(dist), rpmFacts);
  fromSource(
    "dpkg-buildpackage",
    dist,
    buildDeb(dist),
    (file) => `${debContents(file)}\n${debRelations(file)}`,
  );
  viaMake(join(scratch, "first"));
  rmSync(join(root, "dist"), { recursive: true, force: true });
  cpSync(dist, join(root, "dist"), { recursive: true });
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
process.exitCode = problems.length === 0 ? 0 : 1;
