import type { CheckResult } from "@mod-gearman/payload";

import { shown } from "./log-text.ts";

const seconds = (micros: bigint | undefined): string => (Number(micros ?? 0n) / 1e6).toFixed(3);

/**
 * The DEBUG line of a finished check (neb-module.md 3.3), with facts missing in the classic text in brackets:
 * who ran it and the milliseconds from the accepted job to its result.
 */
export function completedLine(result: CheckResult, elapsedMs: number | undefined): string {
  const host = shown(result.hostName);
  const service = result.serviceDescription;
  const name =
    service === undefined
      ? `host job completed: ${host}`
      : `service job completed: ${host} ${shown(service)}`;
  const ran = (result.finishTime ?? 0n) - (result.startTime ?? 0n);
  const source = result.source === undefined ? "unknown source" : shown(result.source);
  const trip = elapsedMs === undefined ? "" : `, round trip ${Math.round(elapsedMs)} ms`;
  return `${name}: exit ${result.returnCode}, latency: ${seconds(result.latency)}, exec_time: ${seconds(ran)} [${source}${trip}]`;
}
