import type { Micros } from "@mod-gearman/payload";

import { shown } from "./log-text.ts";
import type { ResultMessage } from "./result-message.ts";

const seconds = (micros: Micros): string => (Number(micros) / 1e6).toFixed(3);

/**
 * The DEBUG line of a finished check (neb-module.md 3.3), with additional values in brackets: the source of the result
 * and the milliseconds from the accepted job to its result.
 */
export function completedLine(result: ResultMessage, elapsedMs: number | undefined): string {
  const host = shown(result.host_name);
  const service = result.service_description;
  const name =
    service === undefined
      ? `host job completed: ${host}`
      : `service job completed: ${host} ${shown(service)}`;
  const ran = seconds(result.finish_time - result.start_time);
  const source = result.source === undefined ? "unknown source" : shown(result.source);
  const trip = elapsedMs === undefined ? "" : `, round trip ${Math.round(elapsedMs)} ms`;
  return `${name}: exit ${result.return_code}, latency: ${seconds(result.latency)}, exec_time: ${ran} [${source}${trip}]`;
}
