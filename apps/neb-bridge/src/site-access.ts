import type { Logger } from "@mod-gearman/base";
import type { SiteAccess } from "./bridge-page.ts";
import type { Engine } from "./engine.ts";
import type { ResultIntake } from "./result-intake.ts";
import type { World } from "./world.ts";

/** Parts of the bridge, which change with the configuration. */
interface BridgeParts {
  engine(): Pick<Engine, "options" | "envelope"> | undefined;
  results(): Pick<ResultIntake, "discardedAtMs">;
}

/** What the page of the bridge is made from. */
export function siteAccess(
  world: Pick<World, "clock" | "hostName" | "nowMicros">,
  logger: Logger,
  { engine, results }: BridgeParts,
): SiteAccess {
  const { clock, hostName } = world;
  return {
    ...{ clock, hostName, logger },
    options: () => engine()?.options,
    nowSeconds: () => Number(world.nowMicros() / 1_000_000n),
    discardedSeconds: () => {
      const { discardedAtMs } = results();
      return discardedAtMs === undefined ? undefined : (clock.monotonicMs() - discardedAtMs) / 1000;
    },
    seal: (text) => {
      const current = engine();
      if (current === undefined) throw new Error("the bridge has no configuration yet");
      return current.envelope.seal(text);
    },
  };
}
