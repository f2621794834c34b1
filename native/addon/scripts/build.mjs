// Compiles the addon for this machine into prebuilds/, unless it is newer than its sources. If that fails,
// the worker runs without it: this prints the reason and succeeds, except in CI (CI=true).
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const STEP_MS = 300_000;
const packageFolder = dirname(import.meta.dirname);
const name = "mod_gearman_addon.node";
const folder = join(packageFolder, "prebuilds", `${process.platform}-${process.arch}`);
const target = join(folder, name);
const sources = [
  ...readdirSync(join(packageFolder, "src/native")).map((file) => join(packageFolder, "src/native", file)),
  join(packageFolder, "binding.gyp"),
  import.meta.filename,
];

/** Folder with the headers of Node, from this machine; nothing is downloaded. */
function nodeHeaders() {
  const places = [
    [dirname(dirname(process.execPath)), "include/node/node_api.h"],
    [process.env.NODE_DIR, "include/node/node_api.h"],
    [process.env.NODE_DIR, "src/node_api.h"],
    ["/usr/include/nodejs", "src/node_api.h"],
  ];
  return places.find(([at, header]) => at !== undefined && existsSync(join(at, header)))?.[0];
}

/** The first message of the compiler, otherwise that of node-gyp. */
function firstReason(output) {
  const lines = output.split("\n");
  const line =
    lines.find((text) => /\berror:/i.test(text)) ?? lines.find((text) => /ERR! .*Error:/.test(text));
  return line?.replace(/^gyp ERR! (stack )?/, "").trim() ?? "node-gyp failed";
}

/** @returns the reason of a failure */
function compile() {
  const headers = nodeHeaders();
  if (headers === undefined) return "the headers of Node are not installed (set NODE_DIR to their folder)";
  const gyp = createRequire(import.meta.url).resolve("node-gyp/bin/node-gyp.js");
  for (const step of [["configure", `--nodedir=${headers}`], ["build"]]) {
    const { status, error, stdout, stderr } = spawnSync(process.execPath, [gyp, ...step], {
      cwd: packageFolder,
      encoding: "utf8",
      timeout: STEP_MS,
    });
    if (status === 0) continue;
    if (process.env.CI === "true") process.stderr.write(`${stdout}${stderr}`);
    return error?.message ?? firstReason(`${stdout}\n${stderr}`);
  }
  mkdirSync(folder, { recursive: true });
  // not in place: a worker may have loaded the old one
  copyFileSync(join(packageFolder, "build/Release", name), `${target}.new`);
  renameSync(`${target}.new`, target);
  return undefined;
}

const isFresh =
  existsSync(target) && sources.every((source) => statSync(source).mtimeMs <= statSync(target).mtimeMs);
const problem = isFresh ? undefined : compile();
if (problem !== undefined) {
  process.stderr.write(`the native spawner is not built, plugins will be started by Node: ${problem}\n`);
  if (process.env.CI === "true") process.exit(1);
}
