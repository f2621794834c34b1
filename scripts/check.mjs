// Everything that CI runs, after the build: format, lint, types, boundaries, unused code, unit, native and
// end-to-end tests. Goes through all steps even when one fails; ends with "N passed, N failed".
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const scratch = mkdtempSync(join(tmpdir(), "mod-gearman-check-"));
const total = { passed: 0, failed: 0 };
const skipped = [];
const rows = [];

function step(name, file, args, count) {
  process.stdout.write(`\n== ${name}\n`);
  const startedAt = Date.now();
  const { status, stdout } = spawnSync(file, args, {
    cwd: root,
    stdio: ["ignore", count === native ? "pipe" : "inherit", "inherit"],
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
  });
  if (count === native) process.stdout.write(stdout);
  const counted = count?.(stdout) ?? { passed: status === 0 ? 1 : 0, failed: 0 };
  if (status !== 0 && counted.failed === 0) counted.failed = 1;
  total.passed += counted.passed;
  total.failed += counted.failed;
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  rows.push(
    `${status === 0 ? "ok    " : "FAILED"} ${name}: ${counted.passed} passed, ${counted.failed} failed (${seconds} s)`,
  );
}

/** The native test runner ends with `native: N passed, N failed`. */
function native(stdout) {
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
    for (const suite of report.testResults) {
      for (const one of suite.assertionResults) {
        if (one.status === "skipped" || one.status === "pending" || one.status === "todo")
          skipped.push(one.fullName);
      }
    }
    return { passed: report.numPassedTests, failed: report.numFailedTests + brokenFiles(report) };
  };
}

/** Files that could not even be loaded have no test to count. */
const brokenFiles = (report) =>
  report.testResults.filter((suite) => suite.status === "failed" && suite.assertionResults.length === 0)
    .length;

function vitestStep(name, args) {
  const file = join(scratch, `${name}.json`);
  const reporters = ["--reporter=dot", "--reporter=json", `--outputFile.json=${file}`];
  step(name, "vitest", ["run", ...reporters, ...args], vitest(file));
}

const only = process.argv.slice(2);
const wanted = (name) => only.length === 0 || only.includes(name);
const steps = {
  lint: () => step("format and lint", "biome", ["ci", "--error-on-warnings", "."]),
  types: () => step("types", "turbo", ["run", "typecheck", "--output-logs=errors-only"]),
  boundaries: () => step("boundaries", "node", ["scripts/check-boundaries.mjs"]),
  unused: () => step("unused code", "knip", ["--no-progress"]),
  packages: () => step("packed packages", "node", ["scripts/check-packages.mjs"]),
  unit: () => vitestStep("unit and integration tests", []),
  native: () => step("native tests", "make", ["--no-print-directory", "-C", "native/neb", "test"], native),
  e2e: () => vitestStep("end-to-end tests", ["--config", "e2e/vitest.config.ts"]),
};
for (const [name, act] of Object.entries(steps)) if (wanted(name)) act();
rmSync(scratch, { recursive: true, force: true });

process.stdout.write(`\n${rows.join("\n")}\n`);
for (const name of skipped) process.stdout.write(`not run: ${name}\n`);
const unexcused = process.env.CI === undefined ? [] : skipped.filter((name) => !/naemon/i.test(name));
if (unexcused.length > 0) {
  process.stdout.write(
    `${unexcused.length} tests were skipped in CI for another reason than a missing Naemon\n`,
  );
  total.failed += unexcused.length;
}
process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
process.exit(total.failed === 0 ? 0 : 1);
