import { CHECK_HOPS, eachHop } from "@mod-gearman/observe";
import type { Timeline } from "./check-timelines.ts";
import { shown } from "./log-text.ts";

const textOf = (latin1: string): string => shown(Buffer.from(latin1, "latin1"));

/** The DEBUG line with the time of each hop of a check, milliseconds. */
export function timesLine({ key, queue, worker, times, clockDifferenceMs }: Timeline): string {
  const hops: string[] = [];
  eachHop(times, Number.isNaN(clockDifferenceMs) ? 0 : clockDifferenceMs, (hop, _from, _to, ms) =>
    hops.push(`${CHECK_HOPS[hop]} ${Math.round(ms)}`),
  );
  const [host = "", service] = key.split("\0");
  const object = service === undefined ? textOf(host) : `${textOf(host)} ${textOf(service)}`;
  const clock = Number.isNaN(clockDifferenceMs) ? "unknown" : `${Math.round(clockDifferenceMs)} ms`;
  return (
    `times of ${object}: ${hops.join(", ")} ms ` +
    `[queue ${textOf(queue)}, worker ${textOf(worker)}, clock difference ${clock}]`
  );
}
