// Gives the suite its next version: `pnpm next-version`. The changesets decide which one and become a section of CHANGELOG.md.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { addSection, parseChangeset, printSection } from "./changelog.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const path = (name) => join(root, name);
const read = (name) => readFileSync(path(name), "utf8");

const files = readdirSync(path(".changeset")).filter((name) => name.endsWith(".md") && name !== "README.md");
if (files.length === 0) {
  process.stderr.write("version: no changesets, so nothing has changed since the last version\n");
  process.exit(1);
}
const changes = files.sort().map((name) => parseChangeset(read(join(".changeset", name))));

const { status } = spawnSync("changeset", ["version"], { cwd: root, stdio: "inherit" });
if (status !== 0) process.exit(1);

const { version } = JSON.parse(read("apps/worker/package.json"));
// The root is no package of the workspace, so changesets leave it alone.
writeFileSync(
  path("package.json"),
  read("package.json").replace(/^ {2}"version": ".*"/m, `  "version": "${version}"`),
);
const date = new Date().toISOString().slice(0, 10);
writeFileSync(path("CHANGELOG.md"), addSection(read("CHANGELOG.md"), printSection(version, date, changes)));
process.stdout.write(`version: ${version}\n`);
