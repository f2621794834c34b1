import {
  ConfigError,
  callWarnings,
  checkConfigReport,
  type LoadDeps,
  type SenderOptions,
  type SenderProgram,
} from "@mod-gearman/config";
import { senderHops } from "./hops.ts";
import { loadSender } from "./load-sender.ts";
import type { Argument } from "./raw-arguments.ts";

/** The environment of a sender for reading its settings. */
export interface SenderWorld {
  /** Arguments without interpreter and script. */
  readonly argv: readonly Argument[];
  readonly files: LoadDeps;
  /** Standard output. */
  readonly print: (text: string) => void;
  /** Standard error; `line` has no LF. */
  readonly printError: (line: string) => void;
  readonly version: string;
  /** Shown in the version text. */
  readonly runtime: string;
}

const OK = 0;
const UNKNOWN = 3;

/**
 * Performs the request in the arguments: help, version, the settings in effect, or `send`. Source: tools.md 4.
 *
 * @returns exit code: that of `send`; 0 for `--check-config`, 2 if its settings are bad; 3 otherwise, help and version
 * included
 */
export async function runSender(
  program: SenderProgram,
  world: SenderWorld,
  send: (options: SenderOptions) => Promise<number>,
): Promise<number> {
  const { print, printError } = world;
  try {
    const request = loadSender(program, world.argv, world.files);
    if ("help" in request) {
      print(request.help);
      return UNKNOWN;
    }
    if ("version" in request) {
      print(`${program}: version ${world.version} running on ${world.runtime}\n\n`);
      return UNKNOWN;
    }
    if (request.checkConfig) {
      print(checkConfigReport(request, senderHops(request.options)));
      return OK;
    }
    for (const { text } of callWarnings(request.warnings, request.options.debug > 0)) printError(text);
    return await send(request.options);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const { text } of callWarnings(error.warnings, true)) printError(text);
    printError(error.message);
    if (error.help !== undefined) printError(error.help.trimEnd());
    return error.exitCode;
  }
}
