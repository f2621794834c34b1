import { MAX_TIMER_MS } from "@mod-gearman/base";
import {
  ConfigError,
  callWarnings,
  checkConfigReport,
  type Loaded,
  type TopOptions,
} from "@mod-gearman/config";
import { loadTop, topHops } from "@mod-gearman/program";
import { printBatch } from "./batch.ts";
import { Session } from "./session.ts";
import type { World } from "./world.ts";

/**
 * Runs the program `gearman_top` with the arguments of the `World`.
 *
 * @returns exit code: 0, also if a server is down; 3 for invalid arguments, with `--check-config` 2
 */
export async function run(world: World): Promise<number> {
  try {
    const request = loadTop(world.argv, world.files);
    if ("help" in request) await world.print(Buffer.from(request.help));
    else if ("version" in request)
      await world.print(Buffer.from(`gearman_top: version ${world.version}\n\n`));
    else if (request.checkConfig)
      await world.print(Buffer.from(checkConfigReport(request, topHops(request.options))));
    else await withOptions(request, world);
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    world.printError(error.message);
    if (error.help !== undefined) world.printError(error.help);
    return error.exitCode;
  }
}

async function withOptions({ options, warnings }: Loaded<TopOptions>, world: World): Promise<void> {
  for (const { text, where } of callWarnings(warnings, options.verbose))
    world.printError(`gearman_top: ${text} (${where})`);
  if (options.batch) return await batch(options, world, options.intervalGiven);
  if (world.isTerminal) return await live(options, world);
  // the C tool writes escape sequences into the pipe without end
  world.printError("gearman_top: this is no terminal, printing once as with -b");
  await batch(options, world, false);
}

async function batch(options: TopOptions, world: World, isRepeated: boolean): Promise<void> {
  const { servers, hideEmpty, verbose } = options;
  const intervalMs = isRepeated && options.intervalSeconds > 0 ? options.intervalSeconds * 1000 : undefined;
  let isOver = false;
  const printing = printBatch(
    { servers, hideEmpty, verbose, intervalMs, timeoutMs: timeoutOf(options) },
    world,
    () => isOver,
  );
  await Promise.race([printing, world.stopped]);
  isOver = true;
}

async function live(options: TopOptions, world: World): Promise<void> {
  const { servers, hideEmpty, verbose, colours } = options;
  const intervalMs = options.intervalSeconds * 1000;
  const session = new Session(
    { servers, hideEmpty, verbose, colours, intervalMs, timeoutMs: timeoutOf(options) },
    world,
  );
  // the servers answer while the user interface loads
  session.start();
  try {
    await world.show(session, world.stopped);
  } finally {
    session.stop();
  }
}

/** 0: no limit. */
function timeoutOf(options: TopOptions): number {
  return options.timeoutSeconds === 0 ? MAX_TIMER_MS : options.timeoutSeconds * 1000;
}
