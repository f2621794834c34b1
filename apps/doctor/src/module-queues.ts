import type { ModuleOptions } from "@mod-gearman/config";

/** Queues of a module's configuration, latin1. Source: neb-module.md 2.2. */
export interface ModuleQueues {
  /** Queues of host and service checks. */
  readonly checks: readonly string[];
  /** Queues of event handlers and notifications. */
  readonly commands: readonly string[];
  /** Queues for other programs: performance data and exports. */
  readonly records: readonly string[];
  readonly results: string;
}

export function queuesOf(options: ModuleOptions): ModuleQueues {
  const text = (names: readonly Buffer[]) => names.map((name) => name.toString("latin1"));
  const group = (prefix: string, names: readonly Buffer[]) =>
    text(names).map((name) => withPrefix(prefix, name));
  return {
    checks: [
      ...(options.hosts && options.doHostchecks ? ["host"] : []),
      ...(options.services ? ["service"] : []),
      ...group("hostgroup_", options.hostgroups),
      ...group("servicegroup_", options.servicegroups),
    ],
    commands: [
      ...(options.eventhandler ? ["eventhandler"] : []),
      ...(options.notifications ? ["notification"] : []),
    ],
    records: [...new Set([...text(options.perfdata), ...text(options.exports.map(({ queue }) => queue))])],
    results: options.resultQueue.toString("latin1"),
  };
}

function withPrefix(prefix: string, name: string): string {
  return name.startsWith(prefix) ? name : `${prefix}${name}`;
}

/** Whether a module seals the jobs of a queue, latin1 (docs/security.md, Forms). */
export function isSealed(
  queue: string,
  { envelope, envelopeQueues }: Pick<ModuleOptions, "envelope" | "envelopeQueues">,
): boolean {
  if (envelope === "v2") return true;
  if (envelope !== "both") return false;
  return envelopeQueues
    .map((name) => name.toString("latin1"))
    .some((name) => (name.endsWith("*") ? queue.startsWith(name.slice(0, -1)) : name === queue));
}
