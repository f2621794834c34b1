import type { PidFile } from "@mod-gearman/base";
import {
  ConfigError,
  checkConfigReport,
  type Loaded,
  type Warning,
  type WorkerOptions,
  warningLines,
} from "@mod-gearman/config";
import { loadWorker, workerHops } from "@mod-gearman/program";
import { logWarnings, rootWarning, startWarnings, syslogWarning } from "./config-warnings.ts";
import { describeEmbeddedPerl, embeddedPerl } from "./embedded-perl.ts";
import { LimitsError } from "./limits-error.ts";
import { claimPidFile, PidFileError, writePidFile } from "./pid-file.ts";
import { run } from "./run.ts";
import { RunAsError } from "./run-as.ts";
import { testCommand } from "./test-command.ts";
import type { World } from "./world.ts";

const USAGE_EXIT = 3;
const STARTUP_EXIT = 2;

/**
 * Runs the program with the arguments of the `World`.
 *
 * @returns the exit code: worker.md 1.1, 1.7
 */
export async function program(world: World): Promise<number> {
  const { stdout, stderr } = world.streams;
  try {
    const request = loadWorker(world.argv, world.files);
    if ("help" in request) {
      stdout.write(`${request.help.trimEnd()}\n`);
      return USAGE_EXIT;
    }
    if ("version" in request) {
      stdout.write(
        `mod_gearman_worker - version ${world.version} (Build: ${world.version}, ${world.runtime})\n`,
      );
      return USAGE_EXIT;
    }
    if ("testcmd" in request) return await testCommand(request.testcmd, request.options, world);
    if (request.checkConfig) {
      const perl = describeEmbeddedPerl(embeddedPerl(request.options, world.perlScripts));
      for (const text of perl) stdout.write(`${text}\n\n`);
      const { options } = request;
      // nothing about root: who checks is not who runs it, and a start says it
      const warnings = [
        ...startWarnings(request, world),
        ...syslogWarning(options, world.hasLogger),
        ...startFailures(options, world),
      ];
      stdout.write(checkConfigReport({ ...request, warnings }, workerHops(options)));
      return 0;
    }
    return await start(request, world);
  } catch (error) {
    if (isStartupError(error)) {
      stderr.write(`Error: ${error.message}\n`);
      return STARTUP_EXIT;
    }
    if (!(error instanceof ConfigError)) throw error;
    if (error.warnings.length > 0) stderr.write(`${warningLines(error.warnings).join("\n")}\n`);
    const where = error.where === "" ? "" : ` (${error.where})`;
    stderr.write(`Error: ${error.message}${where}\n`);
    return error.exitCode;
  }
}

async function start(loaded: Loaded<WorkerOptions>, world: World): Promise<number> {
  const { options } = loaded;
  const warn = (text: string) => void world.streams.stderr.write(`${text}\n`);
  let pidFile: PidFile | undefined;
  try {
    claimPidFile(options.pidfile, world.pid, warn);
    world.log.follow(options);
    if (options.daemon && !world.isDetached && !world.service.isWaiting) return await startDetached(world);
    pidFile = writePidFile(options.pidfile, world.pid, warn);
    const { logger } = world.log;
    const warnings = [...startWarnings(loaded, world), ...rootWarning(options, world.userId)];
    logWarnings(warnings, logger);
    if (options.debug > 0) {
      const report = checkConfigReport({ ...loaded, warnings });
      for (const line of report.trimEnd().split("\n")) logger.debug(line);
    }
    return await run(options, {
      ...world,
      logger,
      reload: () => reloaded(world),
      followLog: (fresh) => world.log.follow(fresh),
    });
  } catch (error) {
    // a detached process has no stderr: `startDetached` refers to the log
    if (world.isDetached && isStartupError(error)) world.log.logger.error(error.message);
    throw error;
  } finally {
    pidFile?.remove();
  }
}

/** Reasons why a start with these settings, by this user on this machine, would fail. */
function startFailures({ runAs, ...limits }: WorkerOptions, world: World): Warning[] {
  const texts: string[] = [];
  const { spawner, whyNotNative } = world.runner;
  const isLimited = [runAs, limits.limitCpuSeconds, limits.limitMemoryBytes, limits.limitOpenFiles].some(
    (one) => one !== undefined,
  );
  if (isLimited && spawner !== "native") texts.push(new LimitsError(whyNotNative).message);
  try {
    if (runAs !== undefined) world.identity(runAs);
  } catch (error) {
    if (!(error instanceof RunAsError)) throw error;
    texts.push(error.message);
  }
  return texts.map((text) => ({ text: `the worker will not start: ${text}`, where: "", level: "warn" }));
}

/** Errors whose cause is the configuration or the machine. */
function isStartupError(error: unknown): error is Error {
  if (error instanceof PidFileError || error instanceof RunAsError || error instanceof LimitsError)
    return true;
  return error instanceof Error && error.name === "LogError";
}

async function startDetached(world: World): Promise<number> {
  if (world.log.isStream)
    world.streams.stderr.write("Warning: with --daemon a log without a file is lost: set logfile\n");
  const code = await world.detach();
  if (code !== 0)
    world.streams.stderr.write("Error: the background process has not started, see its log file\n");
  return code;
}

function reloaded(world: World): Loaded<WorkerOptions> {
  const request = loadWorker(world.argv, world.files);
  if (!("options" in request)) throw new Error("the arguments ask for no worker");
  return request;
}
