// Everything that CI runs, after the build: format, lint, types, boundaries, unused code, packed packages,
// unit and native tests, those of the tools as one executable, some as aarch64, end-to-end tests. Runs all steps even if one fails; the last line is "N passed, N failed".
import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { whyNoArm64 } from "./arm64-tools.mjs";
import { programs } from "./programs.mjs";
import { buildTools } from "./tools-executable.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const STEP_MS = 30 * 60_000;
const inCi = !["", "0", "false"].includes(process.env.CI ?? "");
const total = { passed: 0, failed: 0 };
const skipped = [];
const failures = []; // repeated at the very end, so that the last lines of a long log name them
const rows = [];

/** Runs one step. Every error counts as a failure of it, and the next step follows. */
function step(name, file, args, count) {
  process.stdout.write(`\n== ${name}\n`);
  const startedAt = performance.now();
  const { status, signal, stdout, error } = spawnSync(file, args, {
    cwd: root,
    stdio: ["ignore", count === native ? "pipe" : "inherit", "inherit"],
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
    timeout: STEP_MS,
  });
  if (count === native) process.stdout.write(stdout ?? "");
  if (status === null) process.stdout.write(`${file}: ${error?.message ?? `ended by ${signal}`}\n`);
  const counted = count?.(stdout ?? "") ?? { passed: status === 0 ? 1 : 0, failed: 0 };
  const good = status === 0 && counted.passed > 0;
  if (!good && counted.failed === 0) counted.failed = 1;
  total.passed += counted.passed;
  total.failed += counted.failed;
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const word = counted.failed === 0 ? "ok    " : "FAILED";
  rows.push(`${word} ${name}: ${counted.passed} passed, ${counted.failed} failed (${seconds} s)`);
}

/**
 * The native test runner and the format check list what they skip and end with `native: N passed, N failed`.
 */
function native(stdout) {
  for (const [, name, why] of stdout.matchAll(/^skip (.*) # SKIP (.*)$/gm)) skipped.push({ name, why });
  for (const [, name] of stdout.matchAll(/^not ok (.*)$/gm)) failures.push(name);
  const [, passed, failed] = /^native: (\d+) passed, (\d+) failed$/m.exec(stdout) ?? [];
  return passed === undefined ? { passed: 0, failed: 1 } : { passed: Number(passed), failed: Number(failed) };
}

function vitest(file) {
  return () => {
    let report;
    try {
      report = JSON.parse(readFileSync(file, "utf8"));
    } catch {
      return { passed: 0, failed: 1 }; // it ended before it could report
    }
    skipped.push(...report.skipped);
    failures.push(...report.failures);
    return { passed: report.passed, failed: report.failures.length };
  };
}

function vitestStep(name, args) {
  const scratch = mkdtempSync(join(tmpdir(), "mod-gearman-check-"));
  try {
    const file = join(scratch, "report.json");
    process.env.TEST_REPORT = file;
    step(
      name,
      "vitest",
      ["run", "--reporter=dot", "--reporter=./scripts/test-report.mjs", ...args],
      vitest(file),
    );
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Test files of apps that start the built program. */
function testsThatStart(apps) {
  return apps
    .flatMap((app) => globSync(`apps/${app}/test/**/*.test.ts`, { cwd: root }))
    .filter((file) => !/\/(?:old-node|early-keys)\.test\.ts$/.test(file)) // there is no Node.js in an executable, and no hook of it
    .filter((file) => readFileSync(join(root, file), "utf8").startsWith("// @module-tag slow"));
}

const steps = {
  lint: () => step("format and lint", "biome", ["ci", "--error-on-warnings", "."]),
  format: () => step("format of C and Perl", "node", ["scripts/check-format.mjs"], native),
  // one program for all: each package alone would read the sources of those that it uses again
  types: () => {
    step("types", "tsc", ["-p", "tsconfig.json"]);
    step("types of the page", "turbo", [
      ...["run", "typecheck", "--filter=@mod-gearman/site-page"],
      ...["--only", "--output-logs=errors-only"],
    ]);
  },
  boundaries: () => step("boundaries", "node", ["scripts/check-boundaries.mjs"]),
  unused: () => step("unused code", "knip", ["--no-progress"]),
  packages: () => step("packed packages", "node", ["scripts/check-packages.mjs"]),
  // the tests of dist/ are among the unit tests
  release: () =>
    step("packages for this release", "node", [
      "scripts/release/main.mjs",
      ...["--arch", "amd64", "--formats", "deb,rpm,source"],
    ]),
  unit: () => vitestStep("unit and integration tests", []),
  tools: () => {
    const folder = join(root, "build/tools", process.arch);
    buildTools(process.arch, folder);
    process.env.MGM_TOOLS_DIR = folder;
    vitestStep(
      "tools as one executable",
      testsThatStart(
        programs()
          .filter((program) => program.package === "tools")
          .map(({ app }) => app),
      ),
    );
    delete process.env.MGM_TOOLS_DIR;
  },
  native: () => {
    // npm puts the Node that runs npm into the environment variable NODE; that one may be too old for make's scripts.
    const args = ["--no-print-directory", "-C", "native/neb", "test", `NODE=${process.execPath}`];
    step("native tests", "make", args, native);
  },
  arm64: () => {
    const why = whyNoArm64();
    if (why !== undefined) skipped.push({ name: "tests as aarch64", why });
    else {
      const args = ["--no-print-directory", "-C", "native/neb", "test-arm64", "SMOKE=1"];
      step("module as aarch64", "make", [...args, `NODE=${process.execPath}`], native);
      step("addon as aarch64", "node", ["native/addon/scripts/smoke-user-mode.mjs"]);
    }
  },
  e2e: () => vitestStep("end-to-end tests", ["--config", "e2e/vitest.config.ts"]),
};

function runAll(names) {
  for (const name of names) {
    try {
      if (!Object.hasOwn(steps, name))
        throw new Error(`no such step, there are ${Object.keys(steps).join(", ")}`);
      steps[name]();
    } catch (error) {
      rows.push(`FAILED ${name}: ${error.message}`);
      total.failed += 1;
    }
  }
}

runAll(process.argv.length > 2 ? process.argv.slice(2) : Object.keys(steps));
process.stdout.write(`\n${rows.join("\n")}\n`);
for (const { name, why } of skipped)
  process.stdout.write(`not run: ${name}: ${why ?? "it did not say why"}\n`);
// What an emulator cannot do is tested without one in the same run; the suites in C and Go are no packages of Debian.
const isExcused = ({ name, why }) => /naemon/i.test(name) || /\bemulat|^E2E_(?:C|GO)_SUITE /.test(why ?? "");
const unexcused = inCi ? skipped.filter((one) => !isExcused(one)).length : 0;
if (unexcused > 0) {
  process.stdout.write(
    `${unexcused} tests were skipped in CI, though only a Naemon and the programs in C and Go may be missing\n`,
  );
}
total.failed += unexcused;
for (const failure of failures.slice(0, 20)) process.stdout.write(`failed: ${failure}\n`);
process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
process.exitCode = total.failed === 0 ? 0 : 1;
