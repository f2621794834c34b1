import { type PidFile, writePidFile } from "@mod-gearman/base";
import {
  ConfigError,
  checkConfigReport,
  type GearmandOptions,
  type LoadDeps,
  type Loaded,
  type Warning,
} from "@mod-gearman/config";
import type { LogStream } from "@mod-gearman/observe";
import { loadGearmand } from "@mod-gearman/program";
import { type JobServer, JobServerError, type JobServerOptions } from "@mod-gearman/server";
import { isShown } from "./gearmand-logger.ts";
import { type Log, type OpenSyslog, openLog } from "./log.ts";
import { connectionsFor } from "./open-files.ts";
import { refusalOf } from "./refusals.ts";
import { UserError } from "./user.ts";

/** What signals ask for. `stop`: at once; `drain`: when no job is left; `reopen`: the log file. */
export type Wish = "stop" | "drain" | "reopen";

/** What the program needs from outside. */
export interface RunDeps {
  readonly files: LoadDeps;
  /** Whether there is a way to syslog. */
  hasLogger(): boolean;
  print(text: string): void;
  /** One line without its line feed. */
  printError(line: string): void;
  /** For the log. */
  readonly stderr: LogStream;
  /** Default: the `logger` of the machine. */
  readonly openSyslog?: OpenSyslog;
  readonly version: string;
  readonly pid: number;
  /** Folder of the process. */
  readonly cwd: string;
  /** Soft limit of open files, undefined if unlimited. */
  readonly openFilesLimit: number | undefined;
  /** @throws UserError */
  becomeUser(user: string): void;
  /** Starts this program again in the background; resolves with the exit code for this process. */
  detach(): Promise<number>;
  /** True in the process that `detach` has started. */
  readonly isDetached: boolean;
  /** Called when clients can connect. */
  listening(): void;
  onWish(handler: (wish: Wish) => void): void;
  createJobServer(options: JobServerOptions): JobServer;
}

const FAILURE = 1;
/** What `--check-config` prints about settings that cannot be used. */
const BAD_CONFIG = 2;
const HOME = "Mod-Gearman for TypeScript";

/**
 * The program `gearmand`.
 *
 * @param argv arguments without interpreter and script
 * @returns exit code: 0 normal stop, help, version, good arguments; 1 every failure, 2 for
 *   `--check-config`. Source: job-server.md 4
 */
export async function run(argv: readonly string[], deps: RunDeps): Promise<number> {
  try {
    const request = loadGearmand(argv, deps.files);
    if ("help" in request) deps.print(request.help);
    else if ("version" in request) deps.print(`\ngearmand ${deps.version} - ${HOME}\n`);
    else return await withOptions(request, deps);
    return 0;
  } catch (error) {
    if (error instanceof ConfigError) {
      for (const { text } of error.warnings) deps.printError(`gearmand: ${text}`);
      deps.printError(`gearmand: ${error.message}${/:\d+$/.test(error.where) ? ` (${error.where})` : ""}`);
      return error.exitCode;
    }
    if (error instanceof UserError || error instanceof JobServerError) {
      deps.printError(`gearmand: ${error.message}`);
      return FAILURE;
    }
    throw error;
  }
}

async function withOptions(loaded: Loaded<GearmandOptions>, deps: RunDeps): Promise<number> {
  const { options } = loaded;
  const refusal = refusalOf(options);
  if (loaded.checkConfig) return checkConfig(loaded, refusal, deps);
  if (refusal !== undefined) {
    deps.printError(`gearmand: ${refusal}`);
    return FAILURE;
  }
  if (options.checkArgs) {
    printWarnings(startWarnings(loaded, deps), deps);
    return 0;
  }
  if (!deps.isDetached) printHidden(loaded, deps);
  if (options.daemon && !deps.isDetached) return await deps.detach();
  return await start(loaded, deps);
}

async function start(loaded: Loaded<GearmandOptions>, deps: RunDeps): Promise<number> {
  const { options } = loaded;
  if (options.user !== undefined) deps.becomeUser(options.user);
  const pidFile = claimPidFile(loaded, deps);
  if (pidFile === undefined) return FAILURE;
  const log = openLog(options, deps);
  try {
    return await serve(loaded, log, deps);
  } catch (error) {
    if (error instanceof JobServerError) log.logger.error(error.message);
    throw error;
  } finally {
    pidFile.remove();
    await log.close();
  }
}

function checkConfig(loaded: Loaded<GearmandOptions>, refusal: string | undefined, deps: RunDeps): number {
  const warnings = startWarnings(loaded, deps);
  if (loaded.options.syslog && !deps.hasLogger()) warnings.push(asWarning(NO_LOGGER));
  if (refusal !== undefined) warnings.push(asWarning(refusal));
  deps.print(checkConfigReport({ ...loaded, warnings }));
  if (refusal === undefined) return 0;
  deps.printError(`gearmand: ${refusal}`);
  return BAD_CONFIG;
}

/** Warnings that the log does not show, as with the default of `--verbose`, go to standard error. */
function printHidden(loaded: Loaded<GearmandOptions>, deps: RunDeps): void {
  if (isShown("WARNING", loaded.options.verbose)) return;
  const warnings = startWarnings(loaded, deps).filter(({ level }) => level === "warn");
  printWarnings(warnings, deps);
}

function printWarnings(warnings: readonly Warning[], deps: RunDeps): void {
  for (const { text, level } of warnings) if (level !== "debug") deps.printError(`gearmand: ${text}`);
}

/** A pid file that cannot be written matters only to those who asked for it. @returns undefined: give up */
function claimPidFile({ options, sources }: Loaded<GearmandOptions>, deps: RunDeps): PidFile | undefined {
  try {
    return writePidFile(options.pidFile, deps.pid);
  } catch (error) {
    if (!sources.has("pid-file")) return { remove: () => undefined };
    deps.printError(`gearmand: could not write pid file: ${(error as Error).message}`);
    return undefined;
  }
}

async function serve(loaded: Loaded<GearmandOptions>, log: Log, deps: RunDeps): Promise<number> {
  const { options } = loaded;
  const { logger } = log;
  for (const { text, where, level } of startWarnings(loaded, deps))
    logger[level](where === "" ? text : `${text} (${where})`);
  logger.info(`Starting up with pid ${deps.pid}, verbose is set to ${options.verbose}`);
  const ended = Promise.withResolvers<void>();
  const stop = (graceful: boolean) => {
    logger.info(graceful ? "Shutting down when no job is left" : "Shutting down");
    server.close({ graceful }).then(ended.resolve, ended.reject);
  };
  const server = deps.createJobServer({
    ...serverOptions(options, log, deps),
    ...(options.allowShutdown && { onShutdown: stop }),
  });
  deps.onWish((wish) => {
    if (wish !== "reopen") {
      stop(wish === "drain");
      return;
    }
    log.reopen();
  });
  try {
    await server.listen();
    deps.listening();
  } catch (error) {
    // stopped while waiting for the address
    if (!(error instanceof JobServerError) || error.code !== "CLOSED") throw error;
  }
  await ended.promise;
  logger.info("Shutdown complete");
  return 0;
}

const NO_LOGGER = "--syslog has no effect: no program logger in PATH";

function asWarning(text: string): Warning {
  return { text, where: "", level: "warn" };
}

/** What a start with these settings warns about. */
function startWarnings(
  { options, warnings }: Loaded<GearmandOptions>,
  { openFilesLimit }: RunDeps,
): Warning[] {
  const { fileDescriptors } = options;
  if (fileDescriptors === undefined || openFilesLimit === undefined || openFilesLimit >= fileDescriptors)
    return [...warnings];
  const text = `cannot raise the limit of ${openFilesLimit} open files to ${fileDescriptors}`;
  return [...warnings, asWarning(text)];
}

function serverOptions(options: GearmandOptions, log: Log, deps: RunDeps): JobServerOptions {
  const { keepaliveIdleSeconds, jobHandlePrefix } = options;
  const maxConnections = connectionsFor(options.fileDescriptors, deps.openFilesLimit);
  return {
    version: deps.version,
    listen: options.listen,
    port: options.port,
    backlog: options.backlog,
    bindTimeoutMs: options.bindTimeoutSeconds * 1000,
    ...(maxConnections !== undefined && { maxConnections }),
    ...(keepaliveIdleSeconds >= 0 && { keepAliveIdleMs: keepaliveIdleSeconds * 1000 }),
    maxPacketBytes: options.maxPacketBytes,
    maxFunctions: options.maxFunctions,
    maxFunctionsPerConnection: options.maxFunctionsPerConnection,
    forgetFunctionsMs: options.forgetFunctionsSeconds * 1000,
    compat: options.compat,
    roundRobin: options.roundRobin,
    jobRetries: options.jobRetries,
    workerWakeup: options.workerWakeup,
    ...(jobHandlePrefix !== undefined && { handlePrefix: jobHandlePrefix }),
    exceptions: options.exceptions,
    verbose: options.verbose,
    pid: deps.pid,
    logger: log.logger,
    jobLogger: log.jobLogger,
  };
}
