// Checks the packages for npm as npm would meet them, without a registry: a dry run of publishing for all of them, and each
// program installed from its own package alone, and started.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { root, version } from "./facts.mjs";
import { pack, publishedPackages } from "./npm.mjs";
import { programs } from "./programs.mjs";

const STEP_MS = 120_000;

/** What npm says against something; undefined if it succeeds. */
function npmProblem(args, cwd) {
  const { status, stdout, stderr, error } = spawnSync("npm", args, {
    encoding: "utf8",
    timeout: STEP_MS,
    cwd,
  });
  if (status === 0) return undefined;
  return `npm ${args[0]} ${basename(args.at(-1))}: ${error?.message ?? `${stdout}${stderr}`.trim().slice(-1000)}`;
}

/** A program that starts prints its version; the exit code is that of the original, often 3. */
function startProblem(file, env) {
  const { stdout, stderr, error } = spawnSync(file, ["--version"], {
    encoding: "utf8",
    timeout: STEP_MS,
    env,
  });
  const said = `${stdout}${stderr}`;
  if (error === undefined && said.includes(version())) return undefined;
  return `${basename(file)} --version: ${error?.message ?? said.slice(-1000)}`;
}

/** Installs one program into an empty folder and starts it; PATH has nothing but node and the shell. */
function installProblem({ app, command }, file, scratch) {
  const folder = join(scratch, app);
  mkdirSync(join(folder, "path"), { recursive: true });
  writeFileSync(join(folder, "package.json"), "{}");
  symlinkSync(process.execPath, join(folder, "path/node"));
  const install = [
    "install",
    "--offline",
    "--no-audit",
    "--no-fund",
    `--cache=${join(scratch, "cache")}`,
    file,
  ];
  const env = { PATH: `${join(folder, "path")}:/bin`, HOME: folder };
  return npmProblem(install, folder) ?? startProblem(join(folder, "node_modules/.bin", command), env);
}

/**
 * @returns texts, none if all is well; what pnpm packs is left behind nowhere
 * @throws Error if packing itself fails
 */
export function npmProblems() {
  const scratch = mkdtempSync(join(tmpdir(), "mod-gearman-npm-"));
  try {
    const files = pack(publishedPackages(), join(scratch, "packed"));
    const publish = [
      "publish",
      "--dry-run",
      "--offline",
      "--access=public",
      `--cache=${join(scratch, "cache")}`,
    ];
    const found = [
      ...files.map((file) => npmProblem([...publish, file], root)),
      ...programs.map((program) => {
        const file = files.find((one) => basename(one).startsWith(`mod-gearman-${program.app}-`));
        return installProblem(program, file, scratch);
      }),
    ];
    return found.filter((text) => text !== undefined);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
