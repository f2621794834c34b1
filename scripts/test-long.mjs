// `pnpm test:long [--seconds 60]`: searches for rare defects, which takes minutes. Fuzzes the pure packages,
// each for that time and with a new seed, which is printed; then lets the built worker run 200,000 checks and
// prints its memory, descriptors and zombies after each tenth; then kills, stops and cuts off one of two job servers, each twenty
// times; kills a job server with a store 200 times while clients submit; strains the job server with
// damaged packets, 10,000 idle workers, a slow reader, a job of 64 MiB, 5,000 workers at once and 100,000 functions; then tests the module as aarch64 under emulation, if `aarch64-linux-gnu-gcc` and `qemu-aarch64` are installed.
// Needs `pnpm build`. Runs all steps even if one fails.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    checks: { type: "string", default: "200000" },
    kills: { type: "string", default: "200" }, // of a job server with a store
    rounds: { type: "string", default: "28" }, // of faults; some 15 minutes
  },
});
const fuzzers = ["protocol", "payload", "crypto"].map((name) => [
  `packages/${name}/scripts/fuzz.ts`,
  "--seconds",
  values.seconds,
]);
const root = fileURLToPath(new URL("..", import.meta.url));
const failed = [];
const others = [
  ["bench/worker-soak.ts", "--checks", values.checks],
  ["e2e/faults/job-servers.ts", "--rounds", values.rounds],
  ["e2e/faults/store-kills.ts", "--store", "libsqlite3", "--kills", values.kills],
  ["e2e/faults/server-stress.ts", "--seconds", values.seconds],
];
for (const args of [...fuzzers, ...others]) {
  process.stdout.write(`\n== ${args.join(" ")}\n`);
  const { status } = spawnSync(process.execPath, ["--conditions=source", ...args], {
    cwd: root,
    stdio: "inherit",
  });
  if (status !== 0) failed.push(args[0]);
}
const tools = ["aarch64-linux-gnu-gcc", "qemu-aarch64"];
const missing = tools.filter((tool) => spawnSync(tool, ["--version"]).status !== 0);
process.stdout.write("\n== make -C native/neb test-arm64\n");
if (missing.length > 0) process.stdout.write(`skipped: no ${missing.join(", no ")}\n`);
else if (spawnSync("make", ["-C", "native/neb", "test-arm64"], { cwd: root, stdio: "inherit" }).status !== 0)
  failed.push("test-arm64");
process.stdout.write(failed.length === 0 ? "\nall passed\n" : `\nfailed: ${failed.join(", ")}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
