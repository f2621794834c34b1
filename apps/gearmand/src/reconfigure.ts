import { ConfigError, type GearmandOptions, gearmandTable } from "@mod-gearman/config";
import { loadGearmand } from "@mod-gearman/program";
import type { JobServer, JobServerOptions, LiveSettings } from "@mod-gearman/server";
import type { Log } from "./log.ts";
import { refusalOf } from "./refusals.ts";
import { serverOptions } from "./server-options.ts";
import { openFilesProblems, raiseOpenFiles } from "./system-limits.ts";
import type { World } from "./world.ts";

/** Options that a running server follows. */
const LIVE: ReadonlySet<string> = new Set<keyof GearmandOptions>([
  "jobRetries",
  "workerWakeup",
  "maxConnections",
  "fileDescriptors",
  "maxFunctions",
  "maxFunctionsPerConnection",
  "queueLimitCount",
  "queueLimitBytes",
  "queueLimitAge",
  "queueLimitPolicy",
  "maxQueuedBytes",
  "stallSeconds",
  "heldSeconds",
]);

/**
 * SIGHUP: reads the configuration file again, follows what has changed, and logs what needs a restart. A file that cannot be
 * used changes nothing.
 *
 * @returns the options in force
 */
export function reconfigure(
  before: GearmandOptions,
  server: JobServer,
  log: Log,
  world: World,
): GearmandOptions {
  const { logger } = log;
  const after = readAgain(world);
  if ("problem" in after) {
    logger.error(`The configuration stays as it is: ${after.problem}`);
    return before;
  }
  const { live, later } = changesOf(before, after);
  if (live.length > 0) {
    const calls = () => world.systemCalls();
    raiseOpenFiles(after, world.openFilesLimit, calls);
    server.reconfigure(liveSettings(serverOptions(after, log, world)));
    logger.info(`Changed: ${live.join(" ")}`);
    for (const text of openFilesProblems(after, world.openFilesLimit, calls)) logger.warn(text);
  }
  if (later.length > 0) logger.warn(`Not changed before a restart: ${later.join(" ")}`);
  const followed = Object.entries(after).filter(([key]) => LIVE.has(key));
  const kept = Object.entries(before).filter(([key]) => !LIVE.has(key));
  return Object.fromEntries([...kept, ...followed]) as unknown as GearmandOptions;
}

function readAgain(world: World): GearmandOptions | { readonly problem: string } {
  try {
    const request = loadGearmand(world.argv, world.files);
    if (!("options" in request)) return { problem: "no options" };
    const refusal = refusalOf(request.options, world);
    return refusal === undefined ? request.options : { problem: refusal };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { problem: error.message };
  }
}

/** Names of the options in which two configurations differ: those that can be followed at once, those that need a restart. */
function changesOf(before: GearmandOptions, after: GearmandOptions): { live: string[]; later: string[] } {
  const changed = Object.entries(gearmandTable).filter(
    ([, { key }]) => printed(before, key) !== printed(after, key),
  );
  const namesOf = (isLive: boolean) =>
    changed.filter(([, { key }]) => LIVE.has(key) === isLive).map(([option]) => `--${option}`);
  return { live: namesOf(true), later: namesOf(false) };
}

function printed(options: GearmandOptions, key: string): string | undefined {
  return JSON.stringify((options as unknown as Readonly<Record<string, unknown>>)[key]);
}

/** The part of the server's options that a running server follows. */
function liveSettings(options: JobServerOptions): LiveSettings {
  const { jobRetries, workerWakeup, maxConnections, maxFunctions, maxFunctionsPerConnection } = options;
  const { queueLimits, maxQueuedBytes, stallSeconds, heldSeconds } = options;
  return {
    ...{ jobRetries, workerWakeup, maxConnections, maxFunctions, maxFunctionsPerConnection },
    ...{ queueLimits, maxQueuedBytes, stallSeconds, heldSeconds },
  };
}
