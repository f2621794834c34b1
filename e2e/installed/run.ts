/*
 * `pnpm test:long` runs it: the packages in roots of Debian 11, 12 and 13 under systemd, the rpms in a root that has rpm,
 * and the packages for arm64 under an emulator. Prints a row with times for each; exit code 1 if one fails. Needs root,
 * `pnpm build` and, for arm64, `pnpm release --arch arm64` with what that needs.
 *
 *   node --conditions=source e2e/installed/run.ts [--only bullseye,bookworm,trixie,rpm,arm64]
 */
import { parseArgs } from "node:util";

import { checkOnArm64 } from "../src/installed/arm64.ts";
import { ensureRoot, type Suite } from "../src/installed/debian.ts";
import { startMachine } from "../src/installed/machine.ts";
import { ensurePackages } from "../src/installed/packages.ts";
import { installRpms } from "../src/installed/rpm.ts";
import {
  checkGoesThrough,
  enableModule,
  installDebs,
  leftBehind,
  OURS,
  remember,
} from "../src/installed/steps.ts";

const { values } = parseArgs({ options: { only: { type: "string", default: "" } } });

/** @returns what was found, for the row */
async function debian(suite: Suite): Promise<string> {
  const [image, packages] = [await ensureRoot(suite), await ensurePackages("amd64", ["deb"])];
  const machine = await startMachine({ image, packages, init: "systemd" });
  try {
    await remember(machine);
    const start = performance.now();
    await installDebs(machine);
    await machine.until("systemctl is-active gearmand mod-gearman-worker", 60_000);
    const installed = performance.now() - start;
    await enableModule(machine, "systemctl start nagios4");
    const checked = await checkGoesThrough(machine, "Current Users", "USERS");
    await machine.run(`dpkg -r ${OURS.join(" ")}; systemctl stop nagios4; dpkg -P ${OURS.join(" ")}`);
    const left = await leftBehind(machine);
    if (left.length > 0) throw new Error(`a purge leaves ${left.join(", ")}`);
    const systemd = await machine.run("systemctl --version | head -n 1");
    return `installed and started in ${seconds(installed)}, a check went through in ${seconds(checked)}, purged without rest (${systemd})`;
  } finally {
    await machine.remove();
  }
}

async function rpm(): Promise<string> {
  const [image, packages] = [
    await ensureRoot("bookworm", ["rpm", "binutils"]),
    await ensurePackages("amd64", ["rpm"]),
  ];
  const machine = await startMachine({ image, packages, init: "systemd" });
  try {
    return await installRpms(machine);
  } finally {
    await machine.remove();
  }
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(0)} s`;
const steps: Record<string, () => Promise<string>> = {
  bullseye: () => debian("bullseye"),
  bookworm: () => debian("bookworm"),
  trixie: () => debian("trixie"),
  rpm,
  arm64: checkOnArm64,
};

const names = values.only === "" ? Object.keys(steps) : values.only.split(",");
for (const name of names) {
  const step = steps[name];
  if (step === undefined) throw new Error(`no such step: ${name}`);
  try {
    process.stdout.write(`${name}: ${await step()}\n`);
  } catch (error) {
    process.stdout.write(`${name}: FAILED: ${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}
