import type { Loaded, WorkerOptions } from "@mod-gearman/config";
import type { Logger } from "@mod-gearman/observe";
import { logConfigWarnings } from "./config-warnings.ts";
import type { ConnectionFactories } from "./connections.ts";
import { openFilesLimit, slotsForOpenFiles } from "./guards.ts";
import { type Settings, toSettings } from "./settings.ts";
import { Worker, type WorkerDeps } from "./worker.ts";

/** Signals the worker obeys. Source: worker specification 8.4. */
export type WorkerSignal = "SIGTERM" | "SIGINT" | "SIGHUP" | "SIGUSR1";

/** The world of a running worker. */
export interface RunDeps extends ConnectionFactories, Omit<WorkerDeps, keyof ConnectionFactories> {
  /** Calls `handler` for every signal until the returned function is called. */
  onSignal(handler: (signal: WorkerSignal) => void): () => void;
  /** Reads arguments and files again. @throws ConfigError */
  reload(): Loaded<WorkerOptions>;
  /** Points the log to where `options` want it, opening files anew. @throws LogError */
  followLog(options: WorkerOptions): void;
  readonly hostName: string;
  readonly pid: number;
}

const GRACE_MS = { SIGTERM: 5000, SIGINT: 1000 } as const;

/**
 * Runs a worker until a signal ends it.
 *
 * @returns exit code: 0
 * Source: worker specification 8.4, 8.5.
 */
export async function run(options: WorkerOptions, deps: RunDeps): Promise<number> {
  const settings = withinOpenFiles(toSettings(options, deps.hostName), deps);
  const worker = new Worker(settings, deps);
  const { logger, version } = deps;
  const { minWorker, maxWorker } = settings.options;
  logger.info(
    `mod_gearman_worker - version ${version} starting with ${minWorker} workers (max ${maxWorker}), ` +
      `pid: ${deps.pid} (max open files: ${openFilesLimit(deps.machine) ?? "unlimited"})`,
  );
  worker.start();
  await untilStopped(worker, deps);
  logger.info("mod_gearman_worker shutdown complete");
  return 0;
}

/** Resolves when the worker has ended after TERM or INT; a second one of them ends it at once. */
function untilStopped(worker: Worker, deps: RunDeps): Promise<void> {
  const { logger } = deps;
  let isStopping = false;
  const stop = (signal: keyof typeof GRACE_MS): Promise<void> => {
    logger.info(signal === "SIGTERM" ? "got sigterm, quiting gracefully" : "got sigint, quitting");
    const ending = isStopping ? worker.stopNow() : worker.stop(GRACE_MS[signal]);
    isStopping = true;
    return ending.catch((error: unknown) => logger.error(`shutdown: ${error}`));
  };
  return new Promise((resolve) => {
    const unsubscribe = deps.onSignal((signal) => {
      if (signal === "SIGUSR1") dump(worker, logger);
      else if (signal !== "SIGHUP") void stop(signal).then(resolve).then(unsubscribe);
      else if (!isStopping) reload(worker, deps);
    });
  });
}

/** Reads and checks everything first, then puts it in force; nothing of it can end the process. */
function reload(worker: Worker, deps: RunDeps): void {
  const { logger } = deps;
  logger.info("got sighup, reloading configuration...");
  try {
    const loaded = deps.reload();
    const { options } = loaded;
    const settings = withinOpenFiles(toSettings(options, deps.hostName), deps);
    deps.followLog(options);
    logConfigWarnings(loaded, logger);
    worker.reconfigure(settings).catch((error: unknown) => logger.error(`reload: ${error}`));
    logger.info("configuration reloaded");
  } catch (error) {
    logger.error(`cannot reload configuration: ${error instanceof Error ? error.message : error}`);
  }
}

function dump(worker: Worker, logger: Logger): void {
  for (const line of worker.describe()) logger.error(line);
}

/** Lowers `max-worker` to what the limit of open files allows. Source: worker specification 5.1. */
function withinOpenFiles(settings: Settings, deps: RunDeps): Settings {
  const { options } = settings;
  const limit = openFilesLimit(deps.machine);
  if (limit === undefined) return settings;
  const { needed, possible } = slotsForOpenFiles(options.maxWorker, limit);
  if (needed <= limit || possible >= options.maxWorker) return settings;
  deps.logger.warn(
    `current max worker setting (${options.maxWorker}) requires open files ulimit of at least ${needed}, ` +
      `current value is ${limit}.`,
  );
  deps.logger.warn(`Setting max worker limit to ${possible}`);
  const minWorker = Math.min(options.minWorker, possible);
  return { ...settings, options: { ...options, maxWorker: possible, minWorker } };
}
