import type { Clock, Logger } from "@mod-gearman/base";
import type { CheckResult, Micros } from "@mod-gearman/payload";

import type { BridgeCounts } from "./bridge-counts.ts";
import { NO_TIMELINE } from "./check-timelines.ts";
import type { CheckTimes } from "./check-times.ts";
import { completedLine } from "./completed-line.ts";
import type { Enrolments } from "./enrolments.ts";
import { boundLatency } from "./latency-bound.ts";
import { shown } from "./log-text.ts";
import type { OutstandingChecks } from "./outstanding.ts";
import type { ResultMessage } from "./result-message.ts";
import type { StickyPlugins } from "./sticky-plugins.ts";

export interface ArrivalParts {
  readonly logger: Logger;
  readonly counts: BridgeCounts;
  readonly outstanding: OutstandingChecks;
  readonly sticky: StickyPlugins;
  readonly times: CheckTimes;
  readonly clock: Pick<Clock, "monotonicMs">;
  /** Time of day. */
  readonly nowMicros: () => Micros;
  readonly enrolments: Pick<Enrolments, "isOfTest">;
}

/**
 * What a result means for the checks under way, whose times bound the latency of the message. A passive result of an object says nothing about the job that is under
 * way for it.
 *
 * @returns number of its timeline; undefined for the second result of a run, and for a test of new keys, which the core must not get
 */
export function resultArrived(
  result: CheckResult,
  message: ResultMessage,
  parts: ArrivalParts,
): number | undefined {
  const { clock, logger, counts, outstanding, sticky, times, nowMicros } = parts;
  const { hostName, serviceDescription } = result;
  const isActive = result.type === "active";
  if (parts.enrolments.isOfTest(result)) return undefined;
  if (isActive && outstanding.isSecond(result, nowMicros)) {
    logger.debug(`${shown(hostName)}: a second result of the same run is dropped`);
    return undefined;
  }
  if (isActive) counts.activeResults += 1;
  else counts.passiveResults += 1;
  if (isActive) sticky.learn(hostName, serviceDescription, result.source);
  const check = isActive ? outstanding.remove(hostName, serviceDescription) : undefined;
  if (check !== undefined && "plannedBeforeMs" in check)
    message.latency = boundLatency(message.latency, check, clock.monotonicMs());
  if (logger.isEnabled("debug")) {
    const elapsedMs = check === undefined ? undefined : clock.monotonicMs() - check.acceptedAt;
    logger.debug(completedLine(message, elapsedMs));
  }
  return check === undefined ? NO_TIMELINE : times.arrived(check, result);
}
