// Checks every publishable package as packed: publint (manifest and files), attw (types resolve), a dry run of publishing,
// and whether each program runs from its package alone.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { npmProblems } from "./release/check-npm.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folders = [
  ...readdirSync(join(root, "packages")).map((name) => join("packages", name)),
  "native/addon",
];
// Named in the calls themselves, so that the search for unused dependencies finds them.
const tools = {
  publint: (options) => spawnSync("publint", ["--strict", "."], options),
  attw: (options) =>
    spawnSync("attw", ["--pack", "--profile", "esm-only", "--format", "ascii", "."], options),
};
const STEP_MS = 120_000;
let failed = 0;

for (const name of folders) {
  const folder = join(root, name);
  if (JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).private) continue;
  for (const [tool, run] of Object.entries(tools)) {
    const { status, stdout, stderr, error } = run({ cwd: folder, encoding: "utf8", timeout: STEP_MS });
    if (status === 0) continue;
    failed += 1;
    process.stderr.write(`${name}: ${tool}: ${error?.message ?? `${stdout}${stderr}`}\n`);
  }
}
for (const text of npmProblems()) {
  failed += 1;
  process.stderr.write(`npm: ${text}\n`);
}
process.stdout.write(`packages: ${failed} problems\n`);
process.exit(failed === 0 ? 0 : 1);
