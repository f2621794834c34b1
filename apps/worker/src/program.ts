import type { PidFile } from "@mod-gearman/base";
import {
  ConfigError,
  checkConfigReport,
  type LoadDeps,
  type Loaded,
  type Warning,
  type WorkerOptions,
  warningLines,
} from "@mod-gearman/config";
import { loadWorker } from "@mod-gearman/program";
import type { Runner } from "@mod-gearman/runner";
import { logWarnings, rootWarning, startWarnings, syslogWarning } from "./config-warnings.ts";
import { describeEmbeddedPerl, embeddedPerl } from "./embedded-perl.ts";
import { LimitsError } from "./limits-error.ts";
import type { LogTarget, StandardStreams } from "./log-target.ts";
import type { CreateEpn } from "./perl-keeper.ts";
import type { PerlScripts } from "./perl-scripts.ts";
import { claimPidFile, PidFileError, writePidFile } from "./pid-file.ts";
import { type RunDeps, run } from "./run.ts";
import { type Identity, RunAsError } from "./run-as.ts";
import { testCommand } from "./test-command.ts";

/** The world of the program. */
export interface ProgramDeps {
  /** Arguments without interpreter and script. */
  readonly argv: readonly string[];
  readonly files: LoadDeps;
  readonly streams: StandardStreams & { readonly stdout: { write(chunk: string | Buffer): boolean } };
  readonly log: LogTarget;
  readonly runner: Runner;
  readonly createEpn: CreateEpn;
  readonly perlScripts: PerlScripts;
  readonly version: string;
  readonly runtime: string;
  readonly hostName: string;
  readonly pid: number;
  /** Whether there is a way to syslog. */
  hasLogger(): boolean;
  /** 0 for root. */
  readonly userId: number;
  /** @throws RunAsError */
  identity(runAs: string): Identity;
  /** Starts this program again, detached; resolves with the exit code for this process. */
  detach(): Promise<number>;
  /** True in the process that `detach` has started. */
  readonly isDetached: boolean;
  /** Start-up is through; tells the process that waits in `detach`. */
  ready(): void;
  /** The rest of what a running worker needs. */
  world(): Omit<
    RunDeps,
    | ("runner" | "createEpn" | "perlScripts" | "logger" | "version" | "reload" | "followLog" | "ready")
    | ("hostName" | "pid" | "identity")
  >;
}

const USAGE_EXIT = 3;
const STARTUP_EXIT = 2;

/**
 * Does what the arguments ask for.
 *
 * @returns the exit code: worker.md 1.1, 1.7
 */
export async function program(deps: ProgramDeps): Promise<number> {
  const { stdout, stderr } = deps.streams;
  try {
    const request = loadWorker(deps.argv, deps.files);
    if ("help" in request) {
      stdout.write(`${request.help.trimEnd()}\n`);
      return USAGE_EXIT;
    }
    if ("version" in request) {
      stdout.write(
        `mod_gearman_worker - version ${deps.version} (Build: ${deps.version}, ${deps.runtime})\n`,
      );
      return USAGE_EXIT;
    }
    if ("testcmd" in request) return await testCommand(request.testcmd, request.options, deps);
    if (request.checkConfig) {
      const perl = describeEmbeddedPerl(embeddedPerl(request.options, deps.perlScripts));
      for (const text of perl) stdout.write(`${text}\n\n`);
      const { options } = request;
      const warnings = [
        ...allWarnings(request, deps),
        ...syslogWarning(options, deps.hasLogger),
        ...startFailures(options, deps),
      ];
      stdout.write(checkConfigReport({ ...request, warnings }));
      return 0;
    }
    return await start(request, deps);
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

async function start(loaded: Loaded<WorkerOptions>, deps: ProgramDeps): Promise<number> {
  const { options } = loaded;
  const warn = (text: string) => void deps.streams.stderr.write(`${text}\n`);
  let pidFile: PidFile | undefined;
  try {
    claimPidFile(options.pidfile, deps.pid, warn);
    deps.log.follow(options);
    if (options.daemon && !deps.isDetached) return await startDetached(deps);
    pidFile = writePidFile(options.pidfile, deps.pid, warn);
    const { logger } = deps.log;
    const warnings = allWarnings(loaded, deps);
    logWarnings(warnings, logger);
    if (options.debug > 0) {
      const report = checkConfigReport({ ...loaded, warnings });
      for (const line of report.trimEnd().split("\n")) logger.debug(line);
    }
    return await run(options, {
      ...deps.world(),
      runner: deps.runner,
      createEpn: deps.createEpn,
      perlScripts: deps.perlScripts,
      logger,
      version: deps.version,
      hostName: deps.hostName,
      pid: deps.pid,
      identity: deps.identity,
      reload: () => reloaded(deps),
      followLog: (fresh) => deps.log.follow(fresh),
      ready: deps.ready,
    });
  } catch (error) {
    // a detached process has no stderr: who started it is told to look into the log
    if (deps.isDetached && isStartupError(error)) deps.log.logger.error(error.message);
    throw error;
  } finally {
    pidFile?.remove();
  }
}

/** What a start with these settings warns about. */
function allWarnings(loaded: Loaded<WorkerOptions>, deps: ProgramDeps): Warning[] {
  const { machine } = deps.world();
  const { perlScripts, userId } = deps;
  return [...startWarnings(loaded, { perlScripts, machine }), ...rootWarning(loaded.options, userId)];
}

/** What would end a start with these settings, by this user on this machine. */
function startFailures({ runAs, ...limits }: WorkerOptions, deps: ProgramDeps): Warning[] {
  const texts: string[] = [];
  const { spawner, whyNotNative } = deps.runner;
  const isLimited = [runAs, limits.limitCpuSeconds, limits.limitMemoryBytes, limits.limitOpenFiles].some(
    (one) => one !== undefined,
  );
  if (isLimited && spawner !== "native") texts.push(new LimitsError(whyNotNative).message);
  try {
    if (runAs !== undefined) deps.identity(runAs);
  } catch (error) {
    if (!(error instanceof RunAsError)) throw error;
    texts.push(error.message);
  }
  return texts.map((text) => ({ text: `the worker will not start: ${text}`, where: "", level: "warn" }));
}

/** What a user can do something about. */
function isStartupError(error: unknown): error is Error {
  if (error instanceof PidFileError || error instanceof RunAsError || error instanceof LimitsError)
    return true;
  return error instanceof Error && error.name === "LogError";
}

async function startDetached(deps: ProgramDeps): Promise<number> {
  const code = await deps.detach();
  if (code !== 0)
    deps.streams.stderr.write("Error: the background process has not started, see its log file\n");
  return code;
}

function reloaded(deps: ProgramDeps): Loaded<WorkerOptions> {
  const request = loadWorker(deps.argv, deps.files);
  if (!("options" in request)) throw new Error("the arguments ask for no worker");
  return request;
}
