import type { WorkerOptions } from "@mod-gearman/config";

/** The options in force that limit plugins or run them as another user. */
export function limitNames(options: WorkerOptions): string[] {
  const given: [string, unknown][] = [
    ["limit_cpu_seconds", options.limitCpuSeconds],
    ["limit_memory", options.limitMemoryBytes],
    ["limit_open_files", options.limitOpenFiles],
    ["run_as", options.runAs],
  ];
  return given.flatMap(([name, value]) => (value === undefined ? [] : [name]));
}
