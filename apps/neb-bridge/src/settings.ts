import type { ModuleOptions } from "@mod-gearman/config";

import type { Message } from "./link/fields.ts";

const flag = (on: boolean): number => (on ? 1 : 0);

/** What the shim must know to decide for each event whether, and into which queue, it is handed over. */
export function settingsMessage(options: ModuleOptions): Message<"SETTINGS"> {
  return {
    name: "SETTINGS",
    hosts: flag(options.hosts),
    services: flag(options.services),
    eventhandler: flag(options.eventhandler),
    do_hostchecks: flag(options.doHostchecks),
    route_eventhandler_like_checks: flag(options.routeEventhandlerLikeChecks),
    ...(options.queueCustomVariable === undefined
      ? {}
      : { queue_custom_variable: options.queueCustomVariable }),
    hostgroup: options.hostgroups,
    servicegroup: options.servicegroups,
    localhostgroup: options.localhostgroups,
    localservicegroup: options.localservicegroups,
    checks_when_away: options.checksWhenAway === "local" ? 1 : 0,
    eventhandlers_when_away: options.eventhandlersWhenAway === "keep" ? 1 : 0,
  };
}
