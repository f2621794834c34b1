// Entry of `npm run demo`, `npm test`, `npm run release` and `make`. Runs on any Node from 20 on, needs no installation: fetches the
// pinned Node and pnpm into .tools/ if the system's are missing or too old, installs, builds and continues
// with them.
import { spawn, spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { removeBuiltApps } from "./release/fresh.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tools = join(root, ".tools");
const NODE_VERSION = "24.21.0";
const PNPM_VERSION = "12.21.0";
const OLDEST_NODE = [22, 18]; // runs TypeScript files without a flag; the built programs need 22.13

function fail(text) {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}

function run(file, args, options = {}) {
  const { status, error } = spawnSync(file, args, { cwd: root, stdio: "inherit", ...options });
  if (error) fail(`cannot run ${file}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

/** The task itself. Ctrl-C reaches it too: it ends by itself, and this process ends with it. */
function runTask(script, args) {
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => undefined);
  const child = spawn("node", [script, ...args], { cwd: root, stdio: "inherit" });
  child.once("error", (error) => fail(`cannot run node: ${error.message}`));
  child.once("exit", (code) => process.exit(code ?? 1));
}

/** npm and pnpm keep caches in the home folder; one that is not writable must not stop them. */
function useWritableHome() {
  try {
    accessSync(homedir(), constants.W_OK);
  } catch {
    process.env.HOME = join(tools, "home");
    mkdirSync(process.env.HOME, { recursive: true });
    for (const name of ["npm_config_cache", "npm_config_userconfig"]) delete process.env[name];
  }
}

function npmInstall(folder, name) {
  mkdirSync(folder, { recursive: true });
  process.stdout.write(`fetching ${name}\n`);
  const args = [
    "install",
    "--prefix",
    folder,
    "--no-save",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
    name,
  ];
  const npm = process.env.npm_execpath;
  if (npm !== undefined && basename(npm) === "npm-cli.js") run(process.execPath, [npm, ...args]);
  else run("npm", args);
}

function isNewEnough(version) {
  const [major, minor] = version.split(".").map(Number);
  return major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
}

/** Folder with the node to use. */
function nodeFolder() {
  if (isNewEnough(process.versions.node)) return dirname(process.execPath);
  const name = `node-linux-${process.arch}`;
  const folder = join(tools, `node-${NODE_VERSION}`);
  const bin = join(folder, "node_modules", name, "bin");
  if (!existsSync(join(bin, "node"))) npmInstall(folder, `${name}@${NODE_VERSION}`);
  return bin;
}

/** Folder with the pnpm to use; undefined for the system's. */
function pnpmFolder() {
  const system = spawnSync("pnpm", ["--version"], { cwd: tools, encoding: "utf8" });
  if (system.status === 0 && system.stdout.startsWith(`${PNPM_VERSION.split(".")[0]}.`)) return undefined;
  const folder = join(tools, `pnpm-${PNPM_VERSION}`);
  const bin = join(folder, "node_modules/.bin");
  if (!existsSync(join(bin, "pnpm"))) npmInstall(folder, `pnpm@${PNPM_VERSION}`);
  return bin;
}

if (process.platform !== "linux") fail("Mod-Gearman for TypeScript runs on Linux.");
const compiler = (process.env.CC ?? "cc").split(" ")[0];
if (spawnSync(compiler, ["--version"]).error || spawnSync("make", ["--version"]).error) {
  fail("A C compiler and make are needed (Debian: apt-get install gcc make libc6-dev).");
}
const [task, ...rest] = process.argv.slice(2);
const tasks = {
  demo: () => runTask("playground/demo/main.ts", rest),
  test: () => runTask("scripts/check.mjs", rest),
  tree: () => runTask("scripts/release/tree.mjs", rest),
  release: () => runTask("scripts/release/main.mjs", rest),
};
if (!Object.hasOwn(tasks, task ?? "")) fail("usage: node scripts/bootstrap.mjs demo|test|tree|release");

mkdirSync(tools, { recursive: true });
useWritableHome();
// Ours before the system's: a pnpm of another major often lies beside the system's node.
const folders = [pnpmFolder(), nodeFolder(), join(root, "node_modules/.bin")].filter(Boolean);
process.env.PATH = [...folders, process.env.PATH].join(delimiter);
process.env.DO_NOT_TRACK = "1";
process.env.TURBO_TELEMETRY_DISABLED = "1";
const quietly = ["--reporter=append-only", "--config.confirmModulesPurge=false"];
run("pnpm", ["install", "--frozen-lockfile", ...quietly]);
if (task === "release" || task === "tree") removeBuiltApps(root);
run("pnpm", ["build"]);
tasks[task]();
