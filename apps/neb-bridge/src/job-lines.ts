import type { Micros } from "@mod-gearman/payload";

import { type CheckEvent, isCheck, type PlainJob } from "./jobs.ts";
import type { CoreEvent } from "./link/core-link.ts";
import { nebCallback } from "./link/fields.ts";
import { shown } from "./log-text.ts";

/** Prefix of the queues of groups (neb-module.md 2.2). */
const SERVICEGROUP = "servicegroup_";
const HOSTGROUP = "hostgroup_";

/** `web01 - HTTP`, or `web01` for a host. */
function objectOf(event: {
  readonly host_name: Buffer;
  readonly service_description?: Buffer | undefined;
}): string {
  const { host_name, service_description: service } = event;
  return service === undefined ? shown(host_name) : `${shown(host_name)} - ${shown(service)}`;
}

/** neb-module.md 2.4 and 2.5. */
function checkPart(event: CheckEvent, now: Micros): string {
  const latency = (Math.max(0, Number(now - event.core_time)) / 1e6).toFixed(3);
  const gap = event.name === "HOST_CHECK" ? "    " : "   "; // as in the original
  return (
    `received job for queue ${shown(event.queue)}: ${objectOf(event)}, check_options: ${event.check_options}` +
    `${gap}latency so far: ${latency}s`
  );
}

function classicPart(event: CoreEvent, queue: Buffer, now: Micros): string {
  if (isCheck(event)) return checkPart(event, now);
  if (event.name !== "NOTIFICATION")
    return `${event.name.toLowerCase().replace("_", "")} for queue ${shown(queue)}`;
  const kind = event.service_description === undefined ? "host" : "service";
  return `got notifications event, ${kind}: ${objectOf(event)} for contact ${shown(event.contact)}`;
}

/**
 * The DEBUG line of a job accepted by a job server, with additional values in brackets.
 *
 * @param now time of day when the event arrived
 * @returns undefined for a line of the core's log that is exported: in that log the line about it would be exported in its turn,
 * without end (neb-module.md 2.10)
 */
export function jobLine(
  event: CoreEvent,
  { queue, unique }: PlainJob,
  handle: Buffer,
  now: Micros,
): string | undefined {
  if (event.name === "EXPORT" && event.neb_callback === nebCallback.log) return undefined;
  return `${classicPart(event, queue, now)} [unique ${shown(unique)}, handle ${shown(handle)}]`;
}

/** The TRACE line of an event: why it got its queue. Undefined if the module does not send the reason. */
export function queueLine(event: CoreEvent): string | undefined {
  if (!("queue_rule" in event)) return undefined;
  const queue = shown(event.queue);
  const why = {
    1: `got target queue from service custom variable: ${queue}`,
    2: `got target queue from host custom variable: ${queue}`,
    5: `service is member of servicegroup: ${queue.replace(SERVICEGROUP, "")}`,
    6: `server is member of hostgroup: ${queue.replace(HOSTGROUP, "")}`,
    7: "neither a custom variable nor a group names a queue: the generic one",
  }[event.queue_rule ?? 0];
  return why === undefined ? undefined : `${why} [${objectOf(event)}]`;
}
