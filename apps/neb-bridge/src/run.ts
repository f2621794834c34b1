import type { Socket } from "node:net";
import { bridgeHelp, ConfigError, helpText, warningLines } from "@mod-gearman/config";
import { rateLimited } from "@mod-gearman/observe";
import { type BridgeOptions, loadBridge } from "@mod-gearman/program";

import { Bridge } from "./bridge.ts";
import { checkConfig } from "./check-config.ts";
import { watchProcess } from "./core-process.ts";
import { type CoreListener, ListenError, listenForCore } from "./link/listener.ts";
import { ensureOwnFolder, ownFolderOf, removeAbandonedFolders, removeOwnFolder } from "./link/own-folder.ts";
import { SocketGuard } from "./link/socket-guard.ts";
import { readSettings } from "./read-settings.ts";
import type { World } from "./world.ts";

const EXIT_FAILURE = 1;
const EXIT_CONFIG = 2;
const LOG_EVERY_MS = 60_000;
const MICROS_PER_MS = 1000n;

interface Listening {
  readonly guard: SocketGuard;
  /** Created by the module only for this socket. */
  readonly folder: string | undefined;
}

/** @throws ListenError */
async function listen(
  options: BridgeOptions,
  socketPath: string,
  bridge: Bridge,
  stop: (code: number) => void,
  world: World,
): Promise<Listening> {
  const onProblem = rateLimited(
    (text) => world.ownLog.write(text),
    LOG_EVERY_MS,
    () => world.clock.monotonicMs(),
  );
  const folder = options.corePid === undefined ? undefined : ownFolderOf(socketPath);
  const accept = (socket: Socket): void => bridge.accept(socket);
  const listenOnce = (): Promise<CoreListener> => {
    if (folder !== undefined) ensureOwnFolder(folder);
    return listenForCore(socketPath, accept, onProblem);
  };
  const guard = new SocketGuard(await listenOnce(), {
    clock: world.clock,
    listen: async () => listenOnce(),
    onProblem,
    // The core starts another one; held results go back to the job server and from there to that one.
    onUnreachable: () => {
      if (options.corePid !== undefined && !bridge.hasCore) stop(0);
    },
  });
  if (folder !== undefined)
    void removeAbandonedFolders(folder, Number(world.nowMicros() / MICROS_PER_MS)).catch(() => undefined);
  return { guard, folder };
}

async function serve(options: BridgeOptions, socketPath: string, world: World): Promise<number> {
  const { promise: stopped, resolve: stop } = Promise.withResolvers<number>();
  const bridge = new Bridge(world, {
    load: (args, base) => readSettings(args, base, options.own, world),
    onCoreShutdown: () => {
      if (options.corePid !== undefined) stop(0);
    },
    onUpgrade: () => {
      if (options.corePid === undefined) return false; // a service is started again by its administrator
      world.ownLog.write("the module was upgraded, another bridge takes over");
      stop(0);
      return true;
    },
  });
  const { guard, folder } = await listen(options, socketPath, bridge, stop, world).catch(
    async (error: unknown) => {
      await bridge.close();
      throw error;
    },
  );
  const unwatch =
    options.corePid === undefined
      ? () => undefined
      : watchProcess(options.corePid, world.clock, () => stop(0));
  const ready = (): void => world.service.ready(() => bridge.describe());
  world.onSignal((signal) => {
    if (signal === "stop") stop(0);
    else if (signal === "dump") world.ownLog.write(bridge.describe());
    else {
      world.service.reloading();
      bridge.reopenLog();
      ready();
    }
  });
  ready();
  const code = await stopped;
  world.service.stopping();
  unwatch();
  const closed = guard.close();
  await bridge.close();
  await closed;
  if (folder !== undefined) removeOwnFolder(folder);
  return code;
}

function tellFailure(error: unknown, world: World): number {
  if (error instanceof ConfigError) {
    const warnings = error.warnings.some(({ level }) => level !== "debug")
      ? warningLines(error.warnings)
      : [];
    world.printError([`Error: ${error.message}`, ...warnings].join("\n"));
    return error.exitCode;
  }
  world.printError(`Error: ${error instanceof Error ? error.message : String(error)}`);
  return error instanceof ListenError ? EXIT_FAILURE : EXIT_CONFIG;
}

/**
 * Runs the program `mod_gearman_bridge` with the arguments of the `World`.
 *
 * @returns exit code: 0 orderly end, help, version, valid configuration; 1 cannot listen; 2 bad configuration
 */
export async function run(world: World): Promise<number> {
  try {
    const request = loadBridge(world.argv, world.files);
    if ("help" in request) {
      world.print(request.help);
      return 0;
    }
    if ("version" in request) {
      world.print(`mod_gearman_bridge: version ${world.version}\n`);
      return 0;
    }
    if (request.checkConfig) return checkConfig(request, world);
    const { bridgeSocket } = request.options;
    if (bridgeSocket === undefined) {
      world.printError(`Error: --bridge-socket=PATH is needed\n\n${helpText(bridgeHelp)}`);
      return EXIT_CONFIG;
    }
    return await serve(request.options, bridgeSocket, world);
  } catch (error) {
    return tellFailure(error, world);
  }
}
