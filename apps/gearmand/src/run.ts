import type { AdminEndpoint } from "@mod-gearman/admin-http";
import { omitUndefined, type PidFile, writePidFile } from "@mod-gearman/base";
import {
  ConfigError,
  checkConfigReport,
  type GearmandOptions,
  type Loaded,
  type Warning,
} from "@mod-gearman/config";
import { loadGearmand } from "@mod-gearman/program";
import { checkTls, JobServerError, type ServerTotals } from "@mod-gearman/server";
import { serveAdminPages } from "./admin-pages.ts";
import { isShown } from "./gearmand-logger.ts";
import { hopsOf } from "./hops.ts";
import { allTls, listeningOf } from "./listeners.ts";
import { type Log, openLog } from "./log.ts";
import { reconfigure } from "./reconfigure.ts";
import { refusalOf } from "./refusals.ts";
import { serverOptions } from "./server-options.ts";
import { storeSettings } from "./store.ts";
import { keepAliveProblems, openFilesProblems, raiseOpenFiles } from "./system-limits.ts";
import { withoutUse } from "./unused-options.ts";
import { UserError } from "./user.ts";
import type { World } from "./world.ts";

const FAILURE = 1;
/** What `--check-config` prints about settings that cannot be used. */
const BAD_CONFIG = 2;
const HOME = "Mod-Gearman for TypeScript";

/**
 * Runs the program `gearmand` with the arguments of the `World`.
 *
 * @returns exit code: 0 normal stop, help, version, good arguments; 1 every failure, 2 for
 *   `--check-config`. Source: job-server.md 4
 */
export async function run(world: World): Promise<number> {
  try {
    const request = loadGearmand(world.argv, world.files);
    if ("help" in request) world.print(request.help);
    else if ("version" in request) world.print(`\ngearmand ${world.version} - ${HOME}\n`);
    else return await withOptions(request, world);
    return 0;
  } catch (error) {
    if (error instanceof ConfigError) {
      for (const { text } of error.warnings) world.printError(`gearmand: ${text}`);
      world.printError(`gearmand: ${error.message}${/:\d+$/.test(error.where) ? ` (${error.where})` : ""}`);
      return error.exitCode;
    }
    if (error instanceof UserError || error instanceof JobServerError) {
      world.printError(`gearmand: ${error.message}`);
      return FAILURE;
    }
    throw error;
  }
}

async function withOptions(loaded: Loaded<GearmandOptions>, world: World): Promise<number> {
  const { options } = loaded;
  raiseOpenFiles(options, world.openFilesLimit, () => world.systemCalls());
  if (loaded.checkConfig) return await checkConfig(loaded, world);
  const refusal = refusalOf(options, world);
  if (refusal !== undefined) {
    world.printError(`gearmand: ${refusal}`);
    return FAILURE;
  }
  if (options.checkArgs) {
    printWarnings([...startWarnings(loaded, world), ...(await tlsWarnings(options, world))], world);
    return 0;
  }
  if (!world.isDetached) printHidden(loaded, world);
  if (options.daemon && !world.isDetached && !world.service.isWaiting) return await world.detach();
  return await start(loaded, world);
}

async function start(loaded: Loaded<GearmandOptions>, world: World): Promise<number> {
  const { options } = loaded;
  if (options.user !== undefined) world.becomeUser(options.user);
  const pidFile = claimPidFile(loaded, world);
  if (pidFile === undefined) return FAILURE;
  const log = openLog(options, world);
  try {
    return await serve(loaded, log, world);
  } catch (error) {
    if (error instanceof JobServerError) log.logger.error(error.message);
    throw error;
  } finally {
    pidFile.remove();
    await log.close();
  }
}

async function checkConfig(loaded: Loaded<GearmandOptions>, world: World): Promise<number> {
  const warnings = startWarnings(loaded, world);
  if (loaded.options.syslog && !world.hasLogger()) warnings.push(asWarning(NO_LOGGER));
  const refusal = refusalOf(loaded.options, world) ?? (await addTlsWarnings(warnings, loaded.options, world));
  if (refusal !== undefined) warnings.push(asWarning(refusal));
  world.print(checkConfigReport({ ...loaded, warnings }, hopsOf(loaded)));
  if (refusal === undefined) return 0;
  world.printError(`gearmand: ${refusal}`);
  return BAD_CONFIG;
}

/** @returns why the certificates cannot be used */
async function addTlsWarnings(
  warnings: Warning[],
  options: GearmandOptions,
  world: World,
): Promise<string | undefined> {
  try {
    warnings.push(...(await tlsWarnings(options, world)));
    return undefined;
  } catch (error) {
    if (error instanceof JobServerError) return error.message;
    throw error;
  }
}

/**
 * What is wrong with certificates that can be used. `--check-args --ssl` alone is good, as in gearmand.
 *
 * @throws JobServerError BAD_TLS
 */
async function tlsWarnings(options: GearmandOptions, world: World): Promise<Warning[]> {
  const isBare = options.sslCertificate === undefined && options.sslKey === undefined;
  if (options.checkArgs && options.ssl && isBare && options.listener.length === 0)
    return [asWarning("TLS: no certificate is given")];
  const texts: string[] = [];
  for (const tls of allTls(options, world)) texts.push(...(await checkTls(tls, world)));
  return texts.map(asWarning);
}

/** Warnings that no log shows, as with the default of `--verbose`, go to standard error. */
function printHidden(loaded: Loaded<GearmandOptions>, world: World): void {
  if (isShown("WARNING", loaded.options.verbose) && lostLog(loaded.options, world).length === 0) return;
  const warnings = startWarnings(loaded, world).filter(({ level }) => level === "warn");
  printWarnings(warnings, world);
}

function printWarnings(warnings: readonly Warning[], world: World): void {
  for (const { text, level } of warnings) if (level !== "debug") world.printError(`gearmand: ${text}`);
}

/** An unwritable pid file matters only if the option was given. @returns undefined: end the start */
function claimPidFile({ options, sources }: Loaded<GearmandOptions>, world: World): PidFile | undefined {
  try {
    return writePidFile(options.pidFile, world.pid);
  } catch (error) {
    if (!sources.has("pid-file")) return { remove: () => undefined };
    world.printError(`gearmand: could not write pid file: ${(error as Error).message}`);
    return undefined;
  }
}

async function serve(loaded: Loaded<GearmandOptions>, log: Log, world: World): Promise<number> {
  const { options } = loaded;
  const { logger } = log;
  for (const { text, where, level } of startWarnings(loaded, world))
    logger[level](where === "" ? text : `${text} (${where})`);
  logger.info(`Starting up with pid ${world.pid}, verbose is set to ${options.verbose}`);
  const ended = Promise.withResolvers<void>();
  const stop = (graceful: boolean) => {
    world.service.stopping();
    logger.info(graceful ? "Shutting down when no job is left" : "Shutting down");
    server.close({ graceful }).then(ended.resolve, ended.reject);
  };
  const settings = storeSettings(options);
  const server = world.createJobServer({
    ...serverOptions(options, log, world),
    ...listeningOf(options, (option) => loaded.sources.has(option), world),
    ...omitUndefined({
      onShutdown: options.allowShutdown ? stop : undefined,
      store: settings && world.createJobStore(settings, { logger }),
    }),
    storeOnShutdown: options.storeQueueOnShutdown,
  });
  const status = () => serverStatus(server.metrics.totals());
  let current = loaded.options;
  world.onWish((wish) => {
    if (wish !== "reopen") {
      stop(wish === "drain");
      return;
    }
    world.service.reloading();
    log.reopen();
    current = reconfigure(current, server, log, world);
    server.renewTls();
    world.service.ready(status);
  });
  let pages: AdminEndpoint | undefined;
  world.service.starting(settings === undefined ? "Starting" : "Reading the stored queue");
  try {
    await server.listen();
    pages = await serveAdminPages(options, world.version, server, logger);
    if (pages !== undefined)
      logger.info(`Serving /metrics and /healthz on ${pages.host ?? "*"}:${pages.port}`);
    world.listening();
    world.service.ready(status);
  } catch (error) {
    // stopped while waiting for the address
    if (!(error instanceof JobServerError) || error.code !== "CLOSED") {
      await server.close();
      throw error;
    }
  }
  await ended.promise;
  pages?.close();
  logger.info("Shutdown complete");
  return 0;
}

/** One line for the service manager. */
const serverStatus = ({ connections, jobs, running }: ServerTotals): string =>
  `${connections} connections, ${jobs - running} jobs waiting, ${running} running`;

const NO_LOGGER = "--syslog has no effect: no program logger in PATH";

const asWarning = (text: string): Warning => ({ text, where: "", level: "warn" });

/** A detached process has no standard streams, with gearmand neither. A service manager keeps the process as it is. */
function lostLog({ daemon, logFile }: GearmandOptions, world: World): Warning[] {
  if (!daemon || logFile !== "stderr" || world.isDetached || world.service.isWaiting) return [];
  return [asWarning("with --daemon a log on stderr is lost, unless systemd starts it: name a file")];
}

/** What a start with these settings warns about. */
function startWarnings(loaded: Loaded<GearmandOptions>, world: World): Warning[] {
  const { options, sources } = loaded;
  const unused = withoutUse(options, sources).map((one) => ({ ...one, level: "warn" as const }));
  const limits = [
    ...keepAliveProblems(options, () => world.systemCalls()),
    ...openFilesProblems(options, world.openFilesLimit, () => world.systemCalls()),
  ];
  return [...loaded.warnings, ...unused, ...lostLog(options, world), ...limits.map(asWarning)];
}
