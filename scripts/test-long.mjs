// `pnpm test:long [--seconds 60]`: searches for rare defects, which takes minutes. Fuzzes the pure packages,
// each for that time and with a new seed, which is printed; then lets the built worker run 200,000 checks and
// prints its memory, descriptors and zombies after each tenth; then kills, stops and cuts off one of two job servers, each twenty
// times; kills a job server with a store 200 times while clients submit; strains the job server with
// damaged packets, 10,000 idle workers, a slow reader, a job of 64 MiB, 5,000 workers at once, 100,000 functions and a clock
// that is set; then runs the corpus of attacks against running programs; then kills bridge, job server and core, and upgrades the module and the whole suite, under load; then
// enrols machines, rotates keys and revokes a worker at 500 checks a second; then tests
// module and addon as aarch64 under emulation, if compiler and emulator are installed; then builds a release twice, and packages from its source tarball; then
// upgrades and rolls back the packages in dist/, if there are any, with systemd and without, under load.
// Needs `pnpm build`. Runs all steps even if one fails.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { whyNoArm64 } from "./arm64-tools.mjs";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    checks: { type: "string", default: "200000" },
    kills: { type: "string", default: "200" }, // of a job server with a store
    "other-kills": { type: "string", default: "20" }, // with each other store
    faults: { type: "string", default: "15" }, // of each program under load
    cuts: { type: "string", default: "60" }, // of the connection of a worker
    rounds: { type: "string", default: "28" }, // of faults; some 15 minutes
  },
});
const fuzzers = ["packages/protocol", "packages/payload", "packages/crypto", "native/addon"].map((name) => [
  `${name}/scripts/fuzz.ts`,
  "--seconds",
  values.seconds,
]);
const root = fileURLToPath(new URL("..", import.meta.url));
const failed = [];
const others = [
  ["bench/worker-soak.ts", "--checks", values.checks],
  ["e2e/faults/job-servers.ts", "--rounds", values.rounds],
  ["e2e/faults/store-kills.ts", "--store", "libsqlite3", "--kills", values.kills],
  ...["postgres", "mysql", "redis"].map((store) => [
    "e2e/faults/store-kills.ts",
    ...["--store", store, "--kills", values["other-kills"]],
  ]),
  ["e2e/faults/server-stress.ts", "--seconds", values.seconds],
];
/** Longer than any step takes: one that hangs must not keep the others from running. */
const STEP_LIMIT_MS = 90 * 60_000;

function also(name, file, args, env = {}) {
  process.stdout.write(`\n== ${name}\n`);
  const { status, error } = spawnSync(file, args, {
    cwd: root,
    stdio: "inherit",
    timeout: STEP_LIMIT_MS,
    env: { ...process.env, ...env },
  });
  if (error !== undefined) process.stdout.write(`${error.message}\n`);
  if (status !== 0) failed.push(name);
}
for (const args of [...fuzzers, ...others])
  also(args.join(" "), process.execPath, ["--conditions=source", ...args]);
also("attacks on running programs", process.execPath, ["--conditions=source", "e2e/attacks/run.ts"]);
also("faults under load", "vitest", ["run", "--config", "e2e/vitest.config.ts", "under-load", "upgrade"], {
  E2E_FAULTS: values.faults,
});
also(
  "connection of a worker cut every second",
  "vitest",
  [...["run", "--config", "e2e/vitest.config.ts", "worker-storms"], ...["-t", "cut every second"]],
  { E2E_CUTS: values.cuts },
);
also(
  "enrolment, rotation and revocation at 500 checks a second",
  "vitest",
  ["run", "--config", "e2e/vitest.config.ts", "enrolment"],
  { E2E_ENROLMENT_RATE: "500" },
);
also("images on a fresh base", "vitest", ["run", "--config", "e2e/vitest.config.ts", "compose"], {
  E2E_IMAGES: "fresh",
});
also("packages in roots of their own", process.execPath, ["--conditions=source", "e2e/installed/run.ts"]);
const why = whyNoArm64();
if (why === undefined) {
  also("module as aarch64", "make", ["-C", "native/neb", "test-arm64"]);
  also("addon as aarch64", process.execPath, ["native/addon/scripts/smoke-user-mode.mjs"]);
} else process.stdout.write(`\n== tests as aarch64\nskipped: ${why}\n`);
also("two releases and packages from source", process.execPath, ["scripts/release/rebuild.mjs"]);
also(
  "packages of both architectures",
  "vitest",
  ["run", "--project", "@mod-gearman/scripts", "release/dist"],
  {
    MGM_DIST: "all",
  },
);
if (existsSync(`${root}/dist/SHA256SUMS`)) {
  const upgrade = ["--conditions=source", "e2e/faults/packages.ts"];
  also("packages upgraded under load", process.execPath, upgrade);
  also("packages upgraded without systemd", process.execPath, [...upgrade, "--init", "none", "--moves", "2"]);
} else process.stdout.write("\n== packages upgraded under load\nskipped: no dist/, made by pnpm release\n");
process.stdout.write(failed.length === 0 ? "\nall passed\n" : `\nfailed: ${failed.join(", ")}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
