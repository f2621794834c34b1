import { whyNoContainers, whyNoGearmand, whyNoNaemon, whyNoNagios, whyNotBuilt } from "./capabilities.ts";
import { nameRun, sweepContainers } from "./containers.ts";
import { cores } from "./cores.ts";
import { ensureImage } from "./image.ts";

const inCi = !["", "0", "false"].includes(process.env.CI ?? "");

/**
 * Prints before the first test which tests will not run, and why; in CI only a Naemon may be missing. Builds
 * the images here, where no test's time is running. @returns a function that cleans up after the last test
 */
export default async function setup(): Promise<() => Promise<void>> {
  const built = whyNotBuilt();
  if (built !== undefined) throw new Error(built);
  const gaps: readonly (readonly [string, string | undefined])[] = [
    ["real gearmand", whyNoGearmand()],
    ["Nagios 4 in a container", whyNoNagios()],
  ];
  const fatal = gaps.filter(([, why]) => why !== undefined);
  for (const [what, why] of [...fatal, ["Naemon in a container", whyNoNaemon()] as const]) {
    if (why !== undefined) process.stdout.write(`not run: ${what}: ${why}\n`);
  }
  if (inCi && fatal.length > 0) throw new Error("in CI only Naemon may be missing");
  if (whyNoContainers() !== undefined) return async () => undefined;
  nameRun();
  await sweepContainers();
  for (const core of cores) if (core.whyNot === undefined) await ensureImage(core.kind);
  await ensureImage("machine");
  return sweepContainers;
}
