// Looks at every publishable package as it would be packed: publint (manifest and files) and attw (types resolve).
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const packages = join(dirname(dirname(fileURLToPath(import.meta.url))), "packages");
const tools = [
  ["publint", ["--strict", "."]],
  ["attw", ["--pack", "--profile", "esm-only", "--format", "ascii", "."]],
];
let failed = 0;

for (const name of readdirSync(packages)) {
  const folder = join(packages, name);
  if (JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).private) continue;
  for (const [tool, args] of tools) {
    const { status, stdout, stderr, error } = spawnSync(tool, args, { cwd: folder, encoding: "utf8" });
    if (status === 0) continue;
    failed += 1;
    process.stderr.write(`${name}: ${tool}: ${error?.message ?? `${stdout}${stderr}`}\n`);
  }
}
process.stdout.write(`packages: ${failed} problems\n`);
process.exit(failed === 0 ? 0 : 1);
