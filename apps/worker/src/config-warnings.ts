import type { Logger } from "@mod-gearman/base";
import type { Loaded, Warning, WorkerOptions } from "@mod-gearman/config";
import { embeddedPerl } from "./embedded-perl.ts";
import { type Machine, openFilesShortage } from "./guards.ts";
import { describeInternalChecks } from "./internal-checks.ts";
import type { World } from "./world.ts";

/** Warning about a log that cannot be sent to syslog, if so. */
export function syslogWarning({ logmode }: WorkerOptions, hasLogger: () => boolean): Warning[] {
  const text = "logmode syslog is not available, logging to stdout: no program logger in PATH";
  return logmode === "syslog" && !hasLogger() ? [{ text, where: "", level: "warn" }] : [];
}

/** All warnings when a configuration takes effect; `--check-config` prints the same. */
export function startWarnings(
  { options, warnings }: Loaded<WorkerOptions>,
  world: Pick<World, "perlScripts" | "machine">,
): Warning[] {
  const at = (level: Warning["level"]) => (text: string) => ({ text, where: "", level });
  return [
    ...warnings,
    ...embeddedPerl(options, world.perlScripts).warnings.map(at("warn")),
    ...openFilesWarnings(options, world.machine).map(at("warn")),
    ...describeInternalChecks(options).map(at("info")),
  ];
}

export function rootWarning({ runAs }: WorkerOptions, userId: number): Warning[] {
  const text = "running as root: plugins will run as root too";
  return userId === 0 && runAs === undefined ? [{ text, where: "", level: "warn" }] : [];
}

export function logWarnings(warnings: readonly Warning[], logger: Logger): void {
  for (const { text, where, level } of warnings) logger[level](where === "" ? text : `${text} (${where})`);
}

function openFilesWarnings({ maxWorker }: WorkerOptions, machine: Machine): string[] {
  const shortage = openFilesShortage(maxWorker, machine);
  if (shortage === undefined) return [];
  return [
    `current max worker setting (${maxWorker}) requires open files ulimit of at least ${shortage.needed}, ` +
      `current value is ${shortage.limit}.`,
    `Setting max worker limit to ${shortage.possible}`,
  ];
}
