import { type Channel, channel } from "node:diagnostics_channel";
import type { ChannelName } from "@mod-gearman/observe";

const named = (name: ChannelName): Channel => channel(name);

/** Channels of this package. Messages contain names and sizes, never workloads. Internal to the package. */
export const diagnostics = {
  connect: named("mod-gearman:server:connect"),
  disconnect: named("mod-gearman:server:disconnect"),
  queue: named("mod-gearman:server:queue"),
  finish: named("mod-gearman:server:finish"),
};
