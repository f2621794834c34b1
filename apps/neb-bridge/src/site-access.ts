import type { Logger } from "@mod-gearman/base";
import { type RefusalReason, refusalText } from "@mod-gearman/crypto";
import { isNearLimit, pluginMs, type Refusals } from "@mod-gearman/observe";
import type { BridgePart } from "@mod-gearman/site-page";
import type { SiteAccess } from "./bridge-page.ts";
import type { CheckTimes } from "./check-times.ts";
import type { ChecksReport } from "./checks-report.ts";
import type { Engine } from "./engine.ts";
import type { Enrolments } from "./enrolments.ts";
import type { ResultIntake } from "./result-intake.ts";
import type { World } from "./world.ts";

/** Parts of the bridge, which change with the configuration. */
interface BridgeParts {
  engine(): Pick<Engine, "options" | "envelope"> | undefined;
  results(): Pick<ResultIntake, "discarded" | "discardedAtMs">;
  readonly refusals: Pick<Refusals<RefusalReason>, "counts" | "lastAtMs">;
  readonly enrolments: Pick<Enrolments, "alarms" | "alarmedAtMs">;
  readonly times: Pick<CheckTimes, "clockDifferences">;
  readonly checks: Pick<ChecksReport, "slowest">;
  readonly logger: Logger;
}

/** What the page of the bridge is made from. */
export function siteAccess(
  world: Pick<World, "clock" | "hostName" | "nowMicros">,
  parts: BridgeParts,
): SiteAccess {
  const { clock, hostName } = world;
  const { engine, logger } = parts;
  return {
    ...{ clock, hostName, logger },
    options: () => engine()?.options,
    nowSeconds: () => Number(world.nowMicros() / 1_000_000n),
    trouble: () => troubleOf(parts, clock.monotonicMs()),
    seal: (text) => {
      const current = engine();
      if (current === undefined) throw new Error("the bridge has no configuration yet");
      return current.envelope.seal(text);
    },
  };
}

function troubleOf(
  { results, refusals, enrolments, times, checks }: BridgeParts,
  nowMs: number,
): Omit<BridgePart, "isCoreAttached"> {
  const since = (atMs: number | undefined) => (atMs === undefined ? undefined : (nowMs - atMs) / 1000);
  const { discarded, discardedAtMs } = results();
  return {
    undecodable: discarded,
    undecodableSeconds: since(discardedAtMs),
    ...refusedResults(refusals, since),
    ticketAlarms: enrolments.alarms,
    ticketAlarmSeconds: since(enrolments.alarmedAtMs),
    slowPlugins: slowPlugins(checks),
    clockDifferences: times.clockDifferences(),
  };
}

function slowPlugins(checks: BridgeParts["checks"]): BridgePart["slowPlugins"] {
  return checks
    .slowest()
    .filter(isNearLimit)
    .map((run) => ({
      ...{ host: run.host, service: run.service },
      ...{ seconds: pluginMs(run) / 1000, limitSeconds: run.timeoutSeconds ?? 0 },
    }));
}

/** Without those of no job under way: a second result of a run is normal when a job server was lost. */
function refusedResults(
  { counts, lastAtMs }: BridgeParts["refusals"],
  since: (atMs: number) => number | undefined,
): Pick<BridgePart, "refused" | "refusedSeconds" | "refusedWhy"> {
  const reasons = [...counts].filter(([reason]) => reason !== "NOT_IN_FLIGHT");
  const refused = reasons.reduce((sum, [, count]) => sum + count, 0);
  const times = reasons.map(([reason]) => ({ reason, atMs: lastAtMs.get(reason) ?? 0 }));
  const [last] = times.toSorted((a, b) => b.atMs - a.atMs);
  if (last === undefined) return { refused };
  return { refused, refusedSeconds: since(last.atMs), refusedWhy: refusalText(last.reason) };
}
