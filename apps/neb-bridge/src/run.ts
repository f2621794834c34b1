import type { Socket } from "node:net";
import type { Clock } from "@mod-gearman/base";

import {
  bridgeHelp,
  ConfigError,
  checkConfigReport,
  helpText,
  type LoadDeps,
  type Loaded,
  type ModuleOptions,
  type Warning,
  warningLines,
} from "@mod-gearman/config";
import { type LogSink, rateLimited } from "@mod-gearman/observe";
import { type BridgeOptions, loadBridge, loadModule } from "@mod-gearman/program";

import { Bridge } from "./bridge.ts";
import { watchProcess } from "./core-process.ts";
import { type CoreListener, ListenError, listenForCore } from "./link/listener.ts";
import { ensureOwnFolder, ownFolderOf, removeAbandonedFolders, removeOwnFolder } from "./link/own-folder.ts";
import { SocketGuard } from "./link/socket-guard.ts";
import { settingsProblem } from "./settings.ts";

/** What the program needs from outside. */
export interface RunDeps {
  readonly files: LoadDeps;
  readonly clock: Clock;
  /** Time of day, microseconds since 1970. */
  readonly now: () => bigint;
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
  /** Standard error: the core's log, as long as the module that started the bridge reads it, or a journal. */
  readonly ownLog: LogSink;
  /** Standard output, for `logmode=stdout`. */
  readonly outputLog: LogSink;
  readonly hostName: string;
  readonly pid: number;
  readonly version: string;
  readonly workingFolder: string;
  /** Whether there is a way to syslog. */
  readonly hasLogger: () => boolean;
  readonly isAlive: (pid: number) => boolean;
  /** Calls back for SIGTERM and SIGINT (`stop`), SIGHUP (`reopen`) and SIGUSR1 (`dump`). */
  readonly onSignal: (handler: (signal: "stop" | "reopen" | "dump") => void) => void;
}

const EXIT_FAILURE = 1;
const EXIT_CONFIG = 2;
const LOG_EVERY_MS = 60_000;
const MICROS_PER_MS = 1000n;

function checkConfig({ options, effective }: Loaded<BridgeOptions>, deps: RunDeps): number {
  const loaded = loadModule("", deps.workingFolder, deps.files, options.own);
  const own = effective.filter((one) => one.option !== "check-config");
  const warnings = [...loaded.warnings, ...syslogWarning(loaded.options, deps)];
  const problem = settingsProblem(loaded.options);
  if (problem !== undefined) warnings.push({ text: problem, where: "", level: "warn" }); // else it ends with "No warnings."
  deps.print(checkConfigReport({ effective: [...own, ...loaded.effective], warnings }));
  if (problem === undefined) return 0;
  deps.printError(`Error: ${problem}`);
  return EXIT_CONFIG;
}

interface Listening {
  readonly guard: SocketGuard;
  /** Made by the module for this socket alone. */
  readonly folder: string | undefined;
}

/** @throws ListenError */
async function listen(
  options: BridgeOptions,
  socketPath: string,
  bridge: Bridge,
  stop: (code: number) => void,
  deps: RunDeps,
): Promise<Listening> {
  const onProblem = rateLimited(
    (text) => deps.ownLog.write(text),
    LOG_EVERY_MS,
    () => deps.clock.monotonicMs(),
  );
  const folder = options.corePid === undefined ? undefined : ownFolderOf(socketPath);
  const accept = (socket: Socket): void => bridge.accept(socket);
  const listenOnce = (): Promise<CoreListener> => {
    if (folder !== undefined) ensureOwnFolder(folder);
    return listenForCore(socketPath, accept, onProblem);
  };
  const guard = new SocketGuard(await listenOnce(), {
    clock: deps.clock,
    listen: async () => listenOnce(),
    onProblem,
    // The core starts another one; results in hand go back to the job server and from there to that one.
    onUnreachable: () => {
      if (options.corePid !== undefined && !bridge.hasCore) stop(0);
    },
  });
  if (folder !== undefined)
    void removeAbandonedFolders(folder, Number(deps.now() / MICROS_PER_MS)).catch(() => undefined);
  return { guard, folder };
}

/** What a start would print about a log that cannot go to syslog. */
function syslogWarning({ logmode }: ModuleOptions, deps: RunDeps): Warning[] {
  const text = "logmode syslog has no effect: no program logger in PATH, the core's log is used";
  return logmode === "syslog" && !deps.hasLogger() ? [{ text, where: "", level: "warn" }] : [];
}

async function serve(options: BridgeOptions, socketPath: string, deps: RunDeps): Promise<number> {
  const { promise: stopped, resolve: stop } = Promise.withResolvers<number>();
  const bridge = new Bridge({
    clock: deps.clock,
    now: deps.now,
    ownLog: deps.ownLog,
    outputLog: deps.outputLog,
    version: deps.version,
    pid: deps.pid,
    hostName: deps.hostName,
    load: (args, base) => loadModule(args, base, deps.files, options.own),
    isAlive: deps.isAlive,
    onCoreShutdown: () => {
      if (options.corePid !== undefined) stop(0);
    },
  });
  const { guard, folder } = await listen(options, socketPath, bridge, stop, deps).catch(
    async (error: unknown) => {
      await bridge.close();
      throw error;
    },
  );
  const unwatch =
    options.corePid === undefined
      ? () => undefined
      : watchProcess(options.corePid, deps.clock, () => stop(0));
  deps.onSignal((signal) => {
    if (signal === "stop") stop(0);
    else if (signal === "reopen") bridge.reopenLog();
    else deps.ownLog.write(bridge.describe());
  });
  const code = await stopped;
  unwatch();
  const closed = guard.close();
  await bridge.close();
  await closed;
  if (folder !== undefined) removeOwnFolder(folder);
  return code;
}

function tellFailure(error: unknown, deps: RunDeps): number {
  if (error instanceof ConfigError) {
    const warnings = error.warnings.some(({ level }) => level !== "debug")
      ? warningLines(error.warnings)
      : [];
    deps.printError([`Error: ${error.message}`, ...warnings].join("\n"));
    return error.exitCode;
  }
  deps.printError(`Error: ${error instanceof Error ? error.message : String(error)}`);
  return error instanceof ListenError ? EXIT_FAILURE : EXIT_CONFIG;
}

/**
 * The program `mod_gearman_bridge`.
 *
 * @param argv arguments without interpreter and script
 * @returns exit code: 0 orderly end, help, version, good configuration; 1 cannot listen; 2 bad configuration
 */
export async function run(argv: readonly string[], deps: RunDeps): Promise<number> {
  try {
    const request = loadBridge(argv, deps.files);
    if ("help" in request) {
      deps.print(request.help);
      return 0;
    }
    if ("version" in request) {
      deps.print(`mod_gearman_bridge: version ${deps.version}\n`);
      return 0;
    }
    if (request.checkConfig) return checkConfig(request, deps);
    const { bridgeSocket } = request.options;
    if (bridgeSocket === undefined) {
      deps.printError(`Error: --bridge-socket=PATH is needed\n\n${helpText(bridgeHelp)}`);
      return EXIT_CONFIG;
    }
    return await serve(request.options, bridgeSocket, deps);
  } catch (error) {
    return tellFailure(error, deps);
  }
}
