import type { SiteSnapshot, WorkerRow } from "../model/snapshot.ts";
import { mayAct } from "./view-props.ts";

/**
 * Values of the action `drain` for a worker; undefined if this page cannot drain it. The bridge asks each worker itself, a job server those
 * that are connected to it: others are asked by the page of a server that they use.
 */
export function drainWish(site: SiteSnapshot, worker: WorkerRow): Record<string, string> | undefined {
  const { kind, isDraining, name, servers } = worker;
  if (!site.can.actions.includes("drain") || kind !== "worker" || isDraining) return undefined;
  const [own] = site.servers;
  if (site.program === "mod_gearman_bridge" || (own !== undefined && servers.includes(own.name)))
    return { worker: name };
  const server = servers.find((one) => mayAct(site, one, "drain"));
  return server === undefined ? undefined : { worker: name, server };
}
