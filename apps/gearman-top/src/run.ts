import { MAX_TIMER_MS } from "@mod-gearman/base";
import {
  ConfigError,
  callWarnings,
  checkConfigReport,
  type Loaded,
  type TopOptions,
} from "@mod-gearman/config";
import { type Argument, loadTop } from "@mod-gearman/program";
import { printBatch } from "./batch.ts";
import { Session } from "./session.ts";
import type { World } from "./world.ts";

/** The world, and the terminal user interface. */
export interface RunDeps extends World {
  /** Loads the terminal user interface and shows the session until it ends or `stopped` settles. */
  show(session: Session, stopped: Promise<void>): Promise<void>;
}

/**
 * The program `gearman_top`.
 *
 * @param argv arguments without interpreter and script
 * @returns exit code: 0, also if a server is down; 3 for invalid arguments, with `--check-config` 2
 */
export async function run(argv: readonly Argument[], deps: RunDeps): Promise<number> {
  try {
    const request = loadTop(argv, deps.files);
    if ("help" in request) await deps.print(Buffer.from(request.help));
    else if ("version" in request) await deps.print(Buffer.from(`gearman_top: version ${deps.version}\n\n`));
    else if (request.checkConfig) await deps.print(Buffer.from(checkConfigReport(request)));
    else await withOptions(request, deps);
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    deps.printError(error.message);
    if (error.help !== undefined) deps.printError(error.help);
    return error.exitCode;
  }
}

async function withOptions({ options, warnings }: Loaded<TopOptions>, deps: RunDeps): Promise<void> {
  for (const { text, where } of callWarnings(warnings, options.verbose))
    deps.printError(`gearman_top: ${text} (${where})`);
  if (options.batch) return await batch(options, deps, options.intervalGiven);
  if (deps.isTerminal) return await live(options, deps);
  // the C tool writes escape sequences into the pipe without end
  deps.printError("gearman_top: this is no terminal, printing once as with -b");
  await batch(options, deps, false);
}

async function batch(options: TopOptions, deps: RunDeps, isRepeated: boolean): Promise<void> {
  const { servers, hideEmpty, verbose } = options;
  const intervalMs = isRepeated && options.intervalSeconds > 0 ? options.intervalSeconds * 1000 : undefined;
  let isOver = false;
  const printing = printBatch(
    { servers, hideEmpty, verbose, intervalMs, timeoutMs: timeoutOf(options) },
    deps,
    () => isOver,
  );
  await Promise.race([printing, deps.stopped]);
  isOver = true;
}

async function live(options: TopOptions, deps: RunDeps): Promise<void> {
  const { servers, hideEmpty, verbose, colours } = options;
  const intervalMs = options.intervalSeconds * 1000;
  const session = new Session(
    { servers, hideEmpty, verbose, colours, intervalMs, timeoutMs: timeoutOf(options) },
    deps,
  );
  // the servers answer while the user interface loads
  session.start();
  try {
    await deps.show(session, deps.stopped);
  } finally {
    session.stop();
  }
}

/** 0: no limit. */
function timeoutOf(options: TopOptions): number {
  return options.timeoutSeconds === 0 ? MAX_TIMER_MS : options.timeoutSeconds * 1000;
}
