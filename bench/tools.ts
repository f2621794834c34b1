// One encrypted result from start to end: `send_gearman` with Node.js, as one executable with Bun, and that of the C suite,
// each against `node -e 0`; and ways to start Node.js itself with less. A sink in this process acknowledges the results.
//
//   node scripts/tools-executable.mjs && pnpm bench tools [--original FILE] [--repetitions 31]
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { root } from "../e2e/src/paths.ts";
import { KEY } from "./src/check-jobs.ts";
import { limitTime, scratchFolder } from "./src/own-processes.ts";
import { printPairedRatios, printTable, say } from "./src/report.ts";
import { ResultSink } from "./src/result-sink.ts";
import { alternate, type Sample } from "./src/samples.ts";

const { values: given } = parseArgs({
  options: { original: { type: "string" }, repetitions: { type: "string", default: "31" } },
});
const EMPTY = "node -e 0";
const folder = scratchFolder();
const runOnce = join(folder, "run-once");
execFileSync("cc", ["-std=c11", "-O2", "-Wall", "-o", runOnce, join(import.meta.dirname, "run-once.c")]);

/** @throws Error if it does not end with 0 */
async function used(command: readonly string[]): Promise<Sample> {
  const child = spawn(runOnce, command, { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (chunk) => {
    text += chunk;
  });
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`${command.join(" ")} failed: ${code}`);
  const [seconds = Number.NaN, kib = Number.NaN] = text.split(" ").map(Number);
  return { "CPU, ms": seconds * 1000, "most RSS, MiB": kib / 1024 };
}

/** Node.js with an empty program and with options that spare it some work. */
function emptyPrograms(): Record<string, readonly string[]> {
  const node = process.execPath;
  const script = join(folder, "empty.cjs");
  writeFileSync(script, "");
  const blob = join(folder, "empty.blob");
  execFileSync(node, ["--snapshot-blob", blob, "--build-snapshot", script], { stdio: "ignore" });
  return {
    [EMPTY]: [node, "-e", "0"],
    "node of an empty file": [node, script],
    "node --snapshot-blob of an empty file": [node, "--snapshot-blob", blob, script],
    "node --jitless": [node, "--jitless", script],
    "node --v8-pool-size=0 --single-threaded": [node, "--v8-pool-size=0", "--single-threaded", script],
  };
}

limitTime(900);
const sink = await ResultSink.listen();
const result = [`--server=127.0.0.1:${sink.port}`, "--host=h", "--service=s", "--message=x", `--key=${KEY}`];
const executable = join(root, "build/tools", process.arch, "send_gearman");
const programs: Record<string, readonly string[]> = {
  ...emptyPrograms(),
  "send_gearman, Node.js": [process.execPath, join(root, "apps/send-gearman/dist/main.js"), ...result],
  ...(existsSync(executable) ? { "send_gearman, Bun": [executable, ...result] } : {}),
  ...(given.original === undefined ? {} : { "send_gearman, C": [given.original, ...result] }),
};
const samples = await alternate(
  Object.fromEntries(Object.entries(programs).map(([name, command]) => [name, () => used(command)])),
  Number(given.repetitions),
  2,
);
printTable("one result, encrypted, start to end", samples);
for (const name of Object.keys(programs).filter((one) => one !== EMPTY)) {
  say(`\n${name}`);
  printPairedRatios(samples[name] ?? [], samples[EMPTY] ?? [], EMPTY);
}
if (existsSync(executable)) say(`\nthe executable: ${(statSync(executable).size / 2 ** 20).toFixed(0)} MiB`);
sink.close();
