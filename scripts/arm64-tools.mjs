import { spawnSync } from "node:child_process";

const TOOLS = ["aarch64-linux-gnu-gcc", "aarch64-linux-gnu-g++", "qemu-aarch64"];

/** Why nothing can be built for and run as aarch64 here; undefined if it can. */
export function whyNoArm64() {
  const missing = TOOLS.filter((tool) => spawnSync(tool, ["--version"]).status !== 0);
  return missing.length === 0
    ? undefined
    : `not installed: ${missing.join(", ")} (Debian: g++-aarch64-linux-gnu, qemu-user)`;
}
