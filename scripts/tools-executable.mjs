// `node scripts/tools-executable.mjs [--arch x64,arm64] [--out FOLDER]`: the four tools as one executable with Bun as its
// runtime, and a link for each of them. Why: docs/decisions.md; `pnpm bench tools` measures it. The tests of the
// tools run on it with MGM_TOOLS_DIR=FOLDER.
import { chmodSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
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
const TOOLS = ["send_gearman", "send_multi", "check_gearman", "gearman_top"];

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
    ...["build", "scripts/tools-executable/main.js", "--compile", `--outfile=${out}`],
    ...[`--compile-executable-path=${bun(arch)}`, `--target=bun-${BUILDS[arch].name}`],
    ...["--conditions=source", "--minify", "--bytecode", "--format=esm", "--splitting"],
    ...["--define", 'process.env.NODE_ENV="production"'],
    ...["--external", "react-devtools-core"], // Ink imports them if DEV is set
    ...["--no-compile-autoload-dotenv", "--no-compile-autoload-bunfig"],
  ]);
  for (const tool of TOOLS) {
    rmSync(join(folder, tool), { force: true });
    symlinkSync(EXECUTABLE, join(folder, tool));
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
