import type { ModuleOptions } from "@mod-gearman/config";

import { type Message, nebCallback } from "./link/fields.ts";

/** The module refuses more, to limit its work on the core's thread (docs/bridge-protocol.md). */
const MAX_GROUPS = 10_000;
const MAX_GROUP_BYTES = 500_000;

/** Longest name of a queue (wire-format.md 5.2). */
const MAX_QUEUE_BYTES = 511;

/** @returns why the configuration cannot be used; undefined when it can */
export function settingsProblem(options: ModuleOptions): string | undefined {
  return groupsProblem(options) ?? resultQueueProblem(options);
}

function resultQueueProblem({ resultQueue }: ModuleOptions): string | undefined {
  if (resultQueue.length <= MAX_QUEUE_BYTES && !resultQueue.includes(0)) return undefined;
  const what = resultQueue.includes(0) ? "a NUL" : `${resultQueue.length} bytes`;
  return `result_queue has ${what}; no job server takes more than ${MAX_QUEUE_BYTES} bytes without NUL`;
}

/** @returns why the module would refuse these settings; undefined when it takes them */
function groupsProblem(options: ModuleOptions): string | undefined {
  const { hostgroups, servicegroups, localhostgroups, localservicegroups } = options;
  const groups = [...hostgroups, ...servicegroups, ...localhostgroups, ...localservicegroups];
  const bytes = groups.reduce((sum, name) => sum + name.length, 0);
  if (groups.length <= MAX_GROUPS && bytes <= MAX_GROUP_BYTES) return undefined;
  return (
    `hostgroups, servicegroups, localhostgroups and localservicegroups name ${groups.length} groups ` +
    `in ${bytes} bytes; at most ${MAX_GROUPS} in ${MAX_GROUP_BYTES} bytes are possible`
  );
}

const flag = (on: boolean): number => (on ? 1 : 0);

function perfdataSettings(options: ModuleOptions) {
  if (options.perfdata.length === 0) return {};
  return {
    perfdata: 1,
    perfdata_send_all: flag(options.perfdataSendAll),
    host_perfdata_template: options.hostPerfdataTemplate,
    service_perfdata_template: options.servicePerfdataTemplate,
  };
}

/** @returns code of the last rule for this callback, which is that of the module's callback (neb-module.md 2.10) */
function exportCode({ exports }: ModuleOptions, callback: number): number | undefined {
  return exports.findLast(({ callbacks }) => callbacks.includes(callback))?.returnCode;
}

/** The settings with which the shim decides for each event whether, and to which queue, it is sent. */
export function settingsMessage(options: ModuleOptions): Message<"SETTINGS"> {
  return {
    name: "SETTINGS",
    hosts: flag(options.hosts),
    services: flag(options.services),
    eventhandler: flag(options.eventhandler),
    do_hostchecks: flag(options.doHostchecks),
    route_eventhandler_like_checks: flag(options.routeEventhandlerLikeChecks),
    queue_custom_variable: options.queueCustomVariable,
    hostgroup: options.hostgroups,
    servicegroup: options.servicegroups,
    localhostgroup: options.localhostgroups,
    localservicegroup: options.localservicegroups,
    checks_when_away: options.checksWhenAway === "local" ? 1 : 0,
    explain_queues: flag(options.debug >= 2),
    debug: flag(options.debug >= 1),
    taken_times: 1,
    eventhandlers_when_away: options.eventhandlersWhenAway === "keep" ? 1 : 0,
    notifications: flag(options.notifications),
    notifications_when_away: options.notificationsWhenAway === "keep" ? 1 : 0,
    orphan_host_checks: flag(options.orphanHostChecks),
    orphan_service_checks: flag(options.orphanServiceChecks),
    orphan_return: options.orphanReturn,
    internal_check_dummy: flag(options.internalCheckDummy),
    latency_flatten_window: options.latencyFlattenWindowSeconds,
    ...perfdataSettings(options),
    export_process: exportCode(options, nebCallback.process),
    export_timed_event: exportCode(options, nebCallback.timedEvent),
    export_log: exportCode(options, nebCallback.log),
  };
}
