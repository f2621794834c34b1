// The packages' dependency rules (docs/architecture.md): who may depend on whom, read from the package.json files and
// from the imports themselves. Biome forbids the imports file by file; this sees the manifests and the whole graph, also
// that inside a package. And where the time of day may be read.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { importProblems } from "./import-cycles.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const scope = "@mod-gearman/";
const level = {
  protocol: 0,
  payload: 0,
  crypto: 0,
  // above the pure packages, below all others
  base: 0.5,
  "admin-http": 1,
  config: 1,
  observe: 1,
  spool: 1,
  "job-store": 1,
  addon: 1,
  epn: 1,
  client: 2,
  server: 2,
  "site-page": 2,
  "builtin-checks": 2,
  "epn-client": 2,
  program: 2,
  runner: 3,
  delivery: 3,
  enrolment: 3,
  "remote-check": 3,
  abraxas: 3,
};
/** Folders of a package from the lowest to the highest, "." for files beside them: no file imports from a higher one. */
const FOLDER_ORDER = {
  "apps/neb-bridge": ["link", "."],
  "packages/server": ["core", "observe", "admin", "handlers", "http", "."],
  "packages/site-page": ["model", "client", "assets", "http", "."],
  "packages/client": ["contract", "connection", "submit", "admin", "client", "worker", "."],
};
/**
 * Where the time of day is read. It can be set back and forth at any moment, so nothing else may come from it: a duration,
 * a deadline, a limit of log lines takes a monotonic clock. In an app only main.ts reads it.
 */
const timeOfDay = [
  "apps/neb-bridge/src/check-times.ts",
  "apps/neb-bridge/src/outstanding.ts",
  "apps/gearmand/src/gearmand-logger.ts",
  "packages/builtin-checks/src/check-prometheus.ts",
  "packages/base/src/clock.ts",
  "packages/base/src/stopwatch.ts",
  "packages/observe/src/logger.ts",
  "packages/program/src/tls-options.ts",
  "packages/epn-client/src/server-keeper.ts",
  "packages/site-page/src/http/signed-request.ts",
  "packages/site-page/src/http/snapshot-keeper.ts",
  "packages/server/src/core/clock.ts",
  "packages/server/src/core/due-jobs.ts",
  "packages/server/src/tls-gate.ts",
  "native/addon/src/index.ts",
];
const problems = [];

const packagesIn = (parent) =>
  readdirSync(join(root, parent))
    .map((name) => ({ parent, name, folder: join(root, parent, name) }))
    .filter(({ folder }) => existsSync(join(folder, "package.json")));
// native/neb is C and shares nothing with these packages
const packages = [
  ...packagesIn("packages"),
  ...packagesIn("apps"),
  ...packagesIn("native").filter(({ name }) => name !== "neb"),
];

/** Workspace packages among the names of a dependency table. */
const workspace = (table = {}) =>
  Object.keys(table)
    .filter((name) => name.startsWith(scope))
    .map((name) => name.slice(scope.length));

function mayDepend({ parent, name }, on) {
  if (on === name || level[on] === undefined) return false;
  if (parent === "apps") return true;
  if (name === "testkit") return level[on] === 0;
  return level[on] < level[name];
}

function sources(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .filter((file) => /\.tsx?$/.test(file) && !file.includes("node_modules"))
    .map((file) => join(folder, file));
}

/** Packages that a file imports, types included. */
function importsOf(file) {
  const imports = /\b(?:from|import)\s*\(?\s*"(@mod-gearman\/[a-z-]+)[^"]*"/g;
  return [...readFileSync(file, "utf8").matchAll(imports)].map((match) => match[1].slice(scope.length));
}

/** Calls that fail with a delay above 2^31-1 ms; base has replacements. */
const TIMER_CALL = /(?<![\w.#])(?:setTimeout|setInterval|AbortSignal\.timeout)\(/;
/** Sources whose delays are constants below that. */
const CONSTANT_DELAYS = [
  "packages/site-page/src/assets/page-files.ts", // for the browser
  "packages/observe/src/file-sink.ts",
  "packages/observe/src/syslog-sink.ts",
  "packages/runner/src/native-engine.ts",
  "packages/spool/src/spool.ts",
  "apps/gearmand/src/main.ts",
];

/** Calls that wait for a FIFO, or that never end where no folder can be created; base has replacements. */
const FILE_CALL =
  /\b(?:openSync|appendFileSync|createReadStream|createWriteStream)\(|mkdir(?:Sync)?\(.*recursive/;
/**
 * Sources that open files without a path, a device of the system, or a file that they create under a unique
 * name.
 */
const OPEN_THEMSELVES = [
  "packages/client/src/submit/random-unique.ts",
  "packages/program/src/program-streams.ts",
  "packages/runner/src/pipe-pool.ts",
  "packages/spool/src/lock.ts",
];

/** True if a source opens files or creates folders without `openFile` and `makeFolders` of base. */
function opensFiles(file) {
  const name = file.slice(root.length + 1);
  if (/^packages\/(?:base|testkit)\//.test(name) || OPEN_THEMSELVES.includes(name)) return false;
  return FILE_CALL.test(readFileSync(file, "utf8"));
}

/** `...(x === undefined ? {} : { x })`, `...(x && { x })` and their like. */
const CONDITIONAL_SPREAD = /\.\.\.\((?:[^()]|\([^()]*\))*(?:\? \{\}|: \{\}\)|&& \{)/;

/** Whether a source leaves out an optional property by hand. */
function spreadsCondition(file) {
  const code = readFileSync(file, "utf8").replaceAll(/^\s*(?:\*|\/\/|\/\*).*$/gm, "");
  return CONDITIONAL_SPREAD.test(code.replaceAll(/\s+/g, " "));
}

/** Whether a source arms a timer past `startTimer` of base. */
function armsTimer(file) {
  const name = file.slice(root.length + 1);
  if (name.startsWith("packages/base/") || name.startsWith("packages/testkit/")) return false;
  const code = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => !/^\s*(?:\*|\/\/|\/\*)/.test(line) && !/^\s*setTimeout\([^)]*: /.test(line));
  return !CONSTANT_DELAYS.includes(name) && code.some((line) => TIMER_CALL.test(line));
}

for (const pkg of packages) {
  const manifest = JSON.parse(readFileSync(join(pkg.folder, "package.json"), "utf8"));
  const where = `${pkg.parent}/${pkg.name}`;
  if (manifest.name !== scope + pkg.name) problems.push(`${where}: its name is ${manifest.name}`);
  if (manifest.license !== "MIT") problems.push(`${where}: licence ${manifest.license}`);
  for (const on of workspace(manifest.dependencies)) {
    if (!mayDepend(pkg, on)) problems.push(`${where}: may not depend on ${on}`);
  }
  const files = sources(join(pkg.folder, "src"));
  const rules = { folders: FOLDER_ORDER[where] };
  for (const problem of importProblems(join(pkg.folder, "src"), files, rules))
    problems.push(`${where}: ${problem}`);
  for (const file of files) {
    for (const on of importsOf(file)) {
      if (!mayDepend(pkg, on)) problems.push(`${file.slice(root.length + 1)}: may not import ${on}`);
    }
    if (opensFiles(file))
      problems.push(`${file.slice(root.length + 1)}: files are opened by openFile of @mod-gearman/base`);
    if (spreadsCondition(file))
      problems.push(
        `${file.slice(root.length + 1)}: optional properties are left out by omitUndefined of @mod-gearman/base`,
      );
    if (armsTimer(file))
      problems.push(`${file.slice(root.length + 1)}: timers are armed by startTimer of @mod-gearman/base`);
  }
}
for (const file of packages.flatMap((pkg) => sources(join(pkg.folder, "src")))) {
  const name = file.slice(root.length + 1);
  const mayRead = timeOfDay.includes(name) || /^apps\/[^/]+\/src\/main\.ts$/.test(name);
  if (!mayRead && /\bDate\.now\b|\bnew Date\(\)|\.wallMs\(/.test(readFileSync(file, "utf8")))
    problems.push(`${name}: may not read the time of day, which can be set back`);
}
for (const file of sources(join(root, "e2e"))) {
  for (const on of importsOf(file)) {
    if (on !== "testkit")
      problems.push(`${file.slice(root.length + 1)}: e2e meets programs as processes, not ${on}`);
  }
}

for (const problem of problems) process.stderr.write(`${problem}\n`);
process.stdout.write(`boundaries: ${packages.length} packages, ${problems.length} problems\n`);
process.exit(problems.length === 0 ? 0 : 1);
