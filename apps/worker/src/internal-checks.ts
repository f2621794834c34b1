import type { WorkerOptions } from "@mod-gearman/config";
import { limitNames } from "./limit-names.ts";

/**
 * One line if checks that usually run inside this process are run as programs, which the administrator has to install then
 * (D29).
 */
export function describeInternalChecks(options: WorkerOptions): string[] {
  const limits = limitNames(options);
  const enabled: [string, boolean][] = [
    ["check_dummy", options.internalCheckDummy],
    ["check_nsc_web", options.internalCheckNscWeb],
    ["check_prometheus", options.internalCheckPrometheus],
  ];
  const names = enabled.flatMap(([name, isOn]) => (isOn ? [name] : []));
  if (limits.length === 0 || names.length === 0) return [];
  return [`with ${limits.join(", ")} these run as programs, not inside the worker: ${names.join(", ")}`];
}
