import type { Logger } from "@mod-gearman/base";
import type { Loaded, Warning, WorkerOptions } from "@mod-gearman/config";
import { embeddedPerl } from "./embedded-perl.ts";
import { type Machine, openFilesShortage } from "./guards.ts";
import { describeInternalChecks } from "./internal-checks.ts";
import { keyExposure } from "./key-exposure.ts";
import { stickyQueue } from "./settings.ts";
import { WorkerEnvelope } from "./worker-envelope.ts";
import type { World } from "./world.ts";

/** Warning about a log that cannot be sent to syslog, if so. */
export function syslogWarning({ logmode }: WorkerOptions, hasLogger: () => boolean): Warning[] {
  const text = "logmode syslog is not available, logging to stdout: no program logger in PATH";
  return logmode === "syslog" && !hasLogger() ? [{ text, where: "", level: "warn" }] : [];
}

/** All warnings when a configuration takes effect; `--check-config` prints the same. */
export function startWarnings(
  loaded: Loaded<WorkerOptions>,
  world: Pick<World, "perlScripts" | "machine" | "identity"> & Partial<Pick<World, "files">>,
): Warning[] {
  const { options, warnings } = loaded;
  const at = (level: Warning["level"]) => (text: string) => ({ text, where: "", level });
  const exposure = keyExposure(loaded, world);
  return [
    ...warnings,
    ...embeddedPerl(options, world.perlScripts).warnings.map(at("warn")),
    ...openFilesWarnings(options, world.machine).map(at("warn")),
    ...describeInternalChecks(options).map(at("info")),
    ...envelopeStatements(options),
    ...(exposure === undefined ? [] : [exposure]).map(at("warn")),
  ];
}

/** Which form each hop speaks. */
function envelopeStatements(options: WorkerOptions): Warning[] {
  const sealed = WorkerEnvelope.of(options, () => 0n);
  if (sealed === undefined) return [];
  const at = (level: Warning["level"], text: string): Warning => ({ text, where: "", level });
  const forms =
    options.envelope === "v2"
      ? "jobs are taken sealed only (v2)"
      : "jobs are taken in the legacy form too, which anyone with the key can forge";
  const without = sealed.missing(options.functions()).map((queue) => queue.toString());
  const sticky = stickyQueue(options);
  const closed = sticky === undefined ? [] : sealed.missing([sticky]).map((queue) => queue.toString());
  return [
    at("info", `envelope: this is worker ${sealed.name}; ${forms}, and results are in the form of their job`),
    ...without.map((queue) => at("warn", `no key for queue ${queue}: its sealed jobs will be refused`)),
    ...closed.map((queue) => at("warn", `no key for queue ${queue}: sticky_state has no effect`)),
    ...(options.dupservers.length > 0 ? [at("warn", "results for dup servers are in the legacy form")] : []),
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
