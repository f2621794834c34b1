import { whyNoContainers, whyNoGearmand, whyNoNaemon, whyNotBuilt } from "./capabilities.ts";

/** Says before the first test what will not run, and why; in CI only a Naemon may be missing. */
export default function setup(): void {
  const built = whyNotBuilt();
  if (built !== undefined) throw new Error(built);
  const gaps: readonly (readonly [string, string | undefined])[] = [
    ["real gearmand", whyNoGearmand()],
    ["Nagios 4 in a container", whyNoContainers()],
  ];
  const fatal = gaps.filter(([, why]) => why !== undefined);
  for (const [what, why] of [...fatal, ["Naemon in a container", whyNoNaemon()] as const]) {
    if (why !== undefined) process.stdout.write(`not run: ${what}: ${why}\n`);
  }
  if (process.env.CI !== undefined && fatal.length > 0) throw new Error("in CI only Naemon may be missing");
}
