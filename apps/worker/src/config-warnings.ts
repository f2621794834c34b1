import type { Loaded, WorkerOptions } from "@mod-gearman/config";
import type { Logger } from "@mod-gearman/observe";
import { embeddedPerl } from "./embedded-perl.ts";
import { describeInternalChecks } from "./internal-checks.ts";
import type { PerlScripts } from "./perl-scripts.ts";

/** Tells the log what there is to say about a configuration that goes into force, at the start and at a reload. */
export function logConfigWarnings(
  { options, warnings }: Loaded<WorkerOptions>,
  scripts: PerlScripts,
  logger: Logger,
): void {
  for (const { text, where, level } of warnings) logger[level](`${text} (${where})`);
  for (const text of embeddedPerl(options, scripts).notes) logger.warn(text);
  for (const text of describeInternalChecks(options)) logger.info(text);
}
