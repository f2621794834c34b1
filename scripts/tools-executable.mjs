// `node scripts/tools-executable.mjs [--arch x64,arm64] [--out FOLDER]`: the tools as one executable with Bun as its
// runtime, and a link for each of them. Why: docs/decisions.md; `pnpm bench tools` measures it. The tests of the
// tools run on it with MGM_TOOLS_DIR=FOLDER.
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { programs } from "./programs.mjs";
import { root } from "./release/facts.mjs";
import { npmArchive } from "./release/npm-archive.mjs";
import { run } from "./release/run.mjs";

export const BUN_VERSION = "1.4.5";
/** The builds for processors of any age, by the name that Node has for the machine. Changed together with the version. */
const BUILDS = {
  x64: {
    name: "linux-x64-baseline",
    sha512: "s8yMwYcFnnrA178gji0gZbkE2WVDej/Ti1x770oPfihxyRxSMNhGhiAQNXV53aDeraZxksdvKV/RAdQBCd0qPA==",
  },
  arm64: {
    name: "linux-aarch64",
    sha512: "4BXmsSKnjOrlGWqZV4x/oWa7AVoR+B6lCXddMzOAXBIm3t50eslg9wb66gmtW1AamEQ1l1CDvmmruysEhqOWMg==",
  },
};
export const EXECUTABLE = "mod-gearman-tools";
const FOLDER = join(root, "build/tools-executable");

/** The programs of the package of tools. */
function tools() {
  return programs().filter((program) => program.package === "tools");
}

/** What the executable starts of an app: launchers that read compiled code are left out, as it is compiled itself. */
function entryOf({ app, main }) {
  const launcher = join(root, "apps", app, "src/launch.ts");
  const isNeeded = existsSync(launcher) && !readFileSync(launcher, "utf8").includes("runCompiled(");
  return isNeeded ? launcher : main;
}

/** Writes the entry of the executable. @returns its path, relative to the repository */
function writeEntry() {
  const lines = tools().map(
    (tool) => `  ${tool.command}: () => import(${JSON.stringify(relative(FOLDER, entryOf(tool)))}),\n`,
  );
  const start = relative(FOLDER, join(root, "scripts/tools-executable/start.js"));
  const text = `import { start } from ${JSON.stringify(start)};\nstart({\n${lines.join("")}});\n`;
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, "main.js"), text);
  return relative(root, join(FOLDER, "main.js"));
}

/**
 * Bun as its makers built it, from its npm package, kept in .tools/.
 *
 * @param arch `x64` or `arm64`
 * @throws Error if it cannot be fetched, or is another file than expected
 */
export function bun(arch) {
  const { name, sha512 } = BUILDS[arch];
  const folder = npmArchive(`bun-${BUN_VERSION}-${arch}`, `@oven/bun-${name}@${BUN_VERSION}`, sha512);
  const program = join(folder, "bin/bun");
  chmodSync(program, 0o755);
  return program;
}

/**
 * Builds the executable: the sources of the tools and their compiled form, behind a copy of Bun. The same bytes each time. It
 * reads no settings from the working directory.
 *
 * @param arch `x64` or `arm64`
 * @param folder where it and the links are put
 * @returns its path
 */
export function buildTools(arch, folder) {
  mkdirSync(folder, { recursive: true });
  const out = join(folder, EXECUTABLE);
  run(bun(process.arch), [
    ...["build", writeEntry(), "--compile", `--outfile=${out}`],
    ...[`--compile-executable-path=${bun(arch)}`, `--target=bun-${BUILDS[arch].name}`],
    ...["--conditions=source", "--minify", "--bytecode", "--format=esm", "--splitting"],
    ...["--define", 'process.env.NODE_ENV="production"'],
    ...["--external", "react-devtools-core"], // Ink imports them if DEV is set
    ...["--no-compile-autoload-dotenv", "--no-compile-autoload-bunfig"],
  ]);
  for (const { command } of tools()) {
    rmSync(join(folder, command), { force: true });
    symlinkSync(EXECUTABLE, join(folder, command));
  }
  return out;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { arch: { type: "string", default: process.arch }, out: { type: "string" } },
  });
  for (const arch of values.arch.split(",")) {
    const folder = values.out ?? join(root, "build/tools", arch);
    process.stdout.write(`${buildTools(arch, folder)}\n`);
  }
}
