import type { Logger } from "@mod-gearman/base";
import type { Loaded, WorkerOptions } from "@mod-gearman/config";
import { logWarnings, startWarnings } from "./config-warnings.ts";
import { openFilesLimit, openFilesShortage } from "./guards.ts";
import { HealthFile } from "./health-file.ts";
import { LimitsError } from "./limits-error.ts";
import { MetricsKeeper, type MetricsMove } from "./metrics-keeper.ts";
import { type Settings, toSettings } from "./settings.ts";
import { Worker, type WorkerWorld } from "./worker.ts";
import type { WorkerSignal, World } from "./world.ts";

/** What {@link run} needs of the {@link World}. */
export type RunWorld = WorkerWorld &
  Pick<
    World,
    | "onSignal"
    | "onCrash"
    | "ready"
    | "service"
    | "identity"
    | "hideMemory"
    | "perlScripts"
    | "serveMetrics"
    | "hostName"
    | "pid"
    | "healthFiles"
  > & {
    /** Reads arguments and files again. @throws ConfigError */
    reload(): Loaded<WorkerOptions>;
    /** Directs the log to where `options` ask for, opening files again. @throws LogError */
    followLog(options: WorkerOptions): void;
  };

const INT_GRACE_MS = 1000;
const MS_PER_SECOND = 1000;
/** Limit after a second signal. */
const HURRY_MS = 3000;
const EXPORTER_FAILED = 1;

/**
 * Runs a worker until a signal or a drain job ends it.
 *
 * @returns exit code: 0, or 1 if the metrics cannot be served
 * @throws RunAsError, LimitsError before anything was started
 * Source: worker.md 1.7, 8.4, 8.5.
 */
export async function run(options: WorkerOptions, world: RunWorld): Promise<number> {
  const settings = checkedSettings(options, world);
  const keeper = new MetricsKeeper(world.serveMetrics);
  let requestDrain: () => void = () => undefined;
  const worker = new Worker(settings, world, { onDrainRequest: () => requestDrain() });
  const { logger, version } = world;
  try {
    worker.observe((await keeper.prepare(options.prometheusServer, () => worker.figures())).commit());
  } catch (error) {
    logger.error(`starting prometheus exporter failed: ${textOf(error)}`);
    await worker.stopNow();
    return EXPORTER_FAILED;
  }
  const { minWorker, maxWorker } = settings.options;
  logger.info(
    `mod_gearman_worker - version ${version} (Build: ${version}) starting with ${minWorker} workers (max ${maxWorker}), ` +
      `pid: ${world.pid} (max open files: ${openFilesLimit(world.machine) ?? "unlimited"})`,
  );
  const { spawner, whyNotNative } = world.runner;
  if (spawner !== "native")
    logger.info(
      `plugins are started by node:child_process, which costs more: ${whyNotNative ?? "as asked for"}`,
    );
  world.ready();
  world.onCrash(() => worker.salvage());
  worker.start();
  world.service.ready(() => worker.status);
  const life = new Lifecycle(worker, keeper, world, options);
  requestDrain = () => void life.drainAndEnd();
  await life.ended;
  keeper.close();
  logger.info("mod_gearman_worker shutdown complete");
  return 0;
}

/** Handles signals and drain jobs of a running worker. */
class Lifecycle {
  readonly #worker: Worker;
  readonly #keeper: MetricsKeeper;
  readonly #world: RunWorld;
  readonly #end: () => void;
  readonly #health: HealthFile;
  #stopMs: number;
  readonly ended: Promise<void>;
  #isStopping = false;
  /** Serialises reloads. */
  #reloading: Promise<void> = Promise.resolve();

  constructor(worker: Worker, keeper: MetricsKeeper, world: RunWorld, options: WorkerOptions) {
    this.#worker = worker;
    this.#keeper = keeper;
    this.#world = world;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    const unsubscribe = world.onSignal((signal) => this.#onSignal(signal));
    const { clock, logger, healthFiles: files } = world;
    this.#health = new HealthFile(() => (this.#isStopping ? "stopping" : worker.health), {
      files,
      clock,
      logger,
    });
    this.#health.use(options.healthFile);
    this.#stopMs = options.stopTimeoutSeconds * MS_PER_SECOND;
    this.#end = () => {
      unsubscribe();
      this.#health.close();
      resolve();
    };
  }

  /** Called for a drain job: ends the process when all jobs have ended. */
  async drainAndEnd(): Promise<void> {
    this.#world.logger.info("got a drain job, finishing what runs, then ending");
    if (this.#isStopping || !(await this.#worker.drain()) || this.#isStopping) return;
    this.#world.logger.info("drained");
    await this.#stop(0);
  }

  #onSignal(signal: WorkerSignal): void {
    const { logger } = this.#world;
    if (signal === "SIGUSR1") dump(this.#worker, logger);
    else if (signal === "SIGTERM" || signal === "SIGINT") {
      logger.info(signal === "SIGTERM" ? "got sigterm, quiting gracefully" : "got sigint, quitting");
      void this.#stop(signal === "SIGTERM" ? this.#stopMs : INT_GRACE_MS);
    } else if (this.#isStopping) return;
    else if (signal === "SIGUSR2") void this.#toggleDrain();
    else this.#reloading = this.#reloading.then(() => this.#reload());
  }

  /** The second call ends the worker at once. */
  async #stop(graceMs: number): Promise<void> {
    this.#world.service.stopping();
    const ending = this.#isStopping ? this.#stopNow() : this.#worker.stop(graceMs);
    this.#isStopping = true;
    this.#health.report();
    await ending.catch((error: unknown) => this.#world.logger.error(`shutdown: ${error}`));
    this.#end();
  }

  async #stopNow(): Promise<void> {
    const { clock } = this.#world;
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = clock.setTimeout(resolve, HURRY_MS);
    await Promise.race([this.#worker.stopNow(), late]);
    clock.clearTimeout(timer as never);
  }

  async #toggleDrain(): Promise<void> {
    const { logger } = this.#world;
    if (this.#worker.isDraining) {
      logger.info("got sigusr2, taking jobs again");
      this.#worker.resume();
      return;
    }
    logger.info("got sigusr2, finishing what runs, taking no more jobs");
    if ((await this.#worker.drain()) && !this.#isStopping)
      logger.info("drained, waiting for sigusr2 or sigterm");
  }

  /** Reads and checks all settings before applying any; no failure ends the process. */
  async #reload(): Promise<void> {
    const { logger } = this.#world;
    if (this.#isStopping) return;
    logger.info("got sighup, reloading configuration...");
    this.#world.service.reloading();
    try {
      const loaded = this.#world.reload();
      const { options } = loaded;
      const settings = checkedSettings(options, this.#world);
      const metrics = await this.#keeper.prepare(options.prometheusServer, () => this.#worker.figures());
      if (this.#isStopping) {
        metrics.cancel(); // the worker is stopping: nothing may be opened
        return;
      }
      this.#followLog(options, metrics);
      logWarnings(startWarnings(loaded, this.#world), logger);
      this.#worker.observe(metrics.commit());
      this.#stopMs = options.stopTimeoutSeconds * MS_PER_SECOND;
      this.#health.use(options.healthFile);
      this.#worker.reconfigure(settings).catch((error: unknown) => logger.error(`reload: ${error}`));
      logger.info("configuration reloaded");
    } catch (error) {
      logger.error(`cannot reload configuration: ${textOf(error)}`);
    } finally {
      this.#world.service.ready(() => this.#worker.status);
    }
  }

  /** The last step that may fail. @throws LogError */
  #followLog(options: WorkerOptions, metrics: MetricsMove): void {
    try {
      this.#world.followLog(options);
    } catch (error) {
      metrics.cancel();
      throw error;
    }
  }
}

function dump(worker: Worker, logger: Logger): void {
  for (const line of worker.describe()) logger.error(line);
}

/** @throws RunAsError, LimitsError */
function checkedSettings(options: WorkerOptions, world: RunWorld): Settings {
  const settings = withinOpenFiles(toSettings(options, world), world);
  const { spawner, whyNotNative } = world.runner;
  if (settings.limits !== undefined && spawner !== "native") throw new LimitsError(whyNotNative);
  const problem = settings.sealed === undefined ? undefined : world.hideMemory();
  if (problem !== undefined)
    world.logger.warn(`plugins of the same user can read the keys in the memory of this worker: ${problem}`);
  return settings;
}

/** Lowers `max-worker` to the number that the limit of open files allows; {@link startWarnings} reports it. */
function withinOpenFiles(settings: Settings, { machine }: RunWorld): Settings {
  const { options } = settings;
  const shortage = openFilesShortage(options.maxWorker, machine);
  if (shortage === undefined) return settings;
  const { possible } = shortage;
  const minWorker = Math.min(options.minWorker, possible);
  return { ...settings, options: { ...options, maxWorker: possible, minWorker } };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
