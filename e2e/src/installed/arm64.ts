import { join } from "node:path";

import { findProgram } from "../capabilities.ts";
import { command } from "../command.ts";
import { root } from "../paths.ts";
import { ensurePackages } from "./packages.ts";

const MAX_MS = 30 * 60_000;
const NEEDED = ["aarch64-linux-gnu-gcc", "qemu-aarch64-static", "debootstrap"];

/** Installs the packages for arm64 and uses them under emulation. @returns what was found @throws Error */
export async function checkOnArm64(): Promise<string> {
  const missing = NEEDED.filter((name) => findProgram(name) === undefined);
  if (missing.length > 0) return `not run: not installed: ${missing.join(", ")}`;
  const neb = join(root, "native/neb");
  const core = "build/arm64/mgm-testcore";
  await command("make", [
    ...["-s", "-C", neb, "BUILD=build/arm64", "CC=aarch64-linux-gnu-gcc", "SANITIZE=-O1", core],
  ]);
  const packages = await ensurePackages("arm64", ["deb"]);
  const script = join(root, "e2e/installed/arm64.sh");
  const args = [script, join(root, "e2e/build/arm64-root"), packages, join(neb, core)];
  const output = await command("bash", args, { timeoutMs: MAX_MS });
  return `installed; ${output.split("\n").slice(-4).join("; ")}`;
}
