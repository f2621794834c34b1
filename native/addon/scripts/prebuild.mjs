// For packaging: compiles the addon for every architecture with a compiler, and checks that the binaries run with old C
// and C++ libraries. `node scripts/prebuild.mjs [x64] [arm64]`: without arguments both; a missing compiler is reported and
// skipped, unless its architecture was named.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";

const STEP_MS = 300_000;
/** Versions that Node 22 and 24 themselves need. */
const NEWEST = { GLIBC: [2, 28], GLIBCXX: [3, 4, 25], CXXABI: [1, 3, 11] };
const compilers = { x64: "x86_64-linux-gnu-g++", arm64: "aarch64-linux-gnu-g++" };
compilers[process.arch] = "g++"; // only cross compilers have the prefix everywhere
const packageFolder = dirname(import.meta.dirname);
const native = join(packageFolder, "src/native");
const { values, positionals: asked } = parseArgs({
  options: { out: { type: "string", default: join(packageFolder, "prebuilds") } },
  allowPositionals: true,
});
const nodeFolder = process.env.NODE_DIR ?? dirname(dirname(process.execPath));

function call(program, args) {
  return spawnSync(program, args, { cwd: packageFolder, encoding: "utf8", timeout: STEP_MS });
}

function fail(text) {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}

function isNewer(version, limit) {
  const at = version.findIndex((part, index) => part !== (limit[index] ?? 0));
  return at >= 0 && version[at] > (limit[at] ?? 0);
}

/** Versions of library functions needed by the binary that are too new. */
function tooNew(file) {
  const { stdout, status } = call("readelf", ["--version-info", "--wide", file]);
  if (status !== 0) fail("readelf (Debian: binutils) is needed");
  const needs = stdout.matchAll(/\b(GLIBC|GLIBCXX|CXXABI)_([\d.]+)/g);
  return [...needs].filter(([, name, version]) => isNewer(version.split(".").map(Number), NEWEST[name]));
}

function build(arch, compiler) {
  const folder = join(resolve(values.out), `linux-${arch}`);
  const file = join(folder, "mod_gearman_addon.node");
  mkdirSync(folder, { recursive: true });
  const include = dirname(createRequire(import.meta.url).resolve("node-addon-api/package.json"));
  const sources = readdirSync(native).filter((name) => name.endsWith(".cc"));
  const { status, stderr } = call(compiler, [
    ...["-std=c++17", "-O2", "-fPIC", "-shared", "-pthread", "-s", "-fvisibility=hidden"],
    ...["-DNAPI_VERSION=9", "-DNAPI_CPP_EXCEPTIONS", "-DNODE_ADDON_API_CPP_EXCEPTIONS_ALL"],
    ...["-DNODE_GYP_MODULE_NAME=mod_gearman_addon", "-Wl,-z,nodelete"],
    ...[`-I${join(nodeFolder, "include/node")}`, `-I${include}`],
    ...sources.toSorted().map((name) => join("src/native", name)), // relative, so that no folder gets into the binary
    ...["-o", file],
  ]);
  if (status !== 0) fail(`${arch}: ${stderr}`);
  const bad = tooNew(file);
  if (bad.length > 0)
    fail(`${arch} needs newer libraries than Node: ${bad.map(([text]) => text).join(", ")}`);
  process.stdout.write(`${arch}: ${file}\n`);
}

for (const [arch, compiler] of Object.entries(compilers)) {
  if (asked.length > 0 && !asked.includes(arch)) continue;
  if (call(compiler, ["--version"]).status === 0) build(arch, compiler);
  else if (asked.includes(arch)) fail(`${arch}: no ${compiler}`);
  else process.stdout.write(`${arch}: left out, no ${compiler}\n`);
}
