import { ConfigError, callWarnings, checkConfigReport, fromUtf8, warningLines } from "@mod-gearman/config";
import { checkHops, loadCheckGearman } from "@mod-gearman/program";
import { run } from "./run.ts";
import type { World } from "./world.ts";

const USAGE_EXIT = 3;

/**
 * Runs the program with the arguments `argv`. Usage errors go to standard output, like all text that a monitoring core
 * displays.
 *
 * @returns the exit code: 3 for help, version and usage errors (T18), else that of the check
 */
export async function program(world: World): Promise<number> {
  try {
    const request = loadCheckGearman(world.argv, world.files);
    if ("help" in request) return printUnknown(world, `${request.help.trimEnd()}\n`);
    if ("version" in request) {
      return printUnknown(world, `check_gearman: version ${world.version} running on ${world.runtime}\n\n`);
    }
    if (request.checkConfig) {
      printUnknown(world, checkConfigReport(request, checkHops(request.options)));
      return 0;
    }
    const warnings = callWarnings(request.warnings, request.options.verbose > 0);
    if (warnings.length > 0) world.stderr(fromUtf8(`${warningLines(warnings).join("\n")}\n`));
    return await run(request.options, world);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    printUnknown(world, `${error.message}\n\n${error.help ?? ""}`);
    return error.exitCode;
  }
}

/** @param text characters, not bytes */
function printUnknown(world: World, text: string): number {
  world.stdout(fromUtf8(text));
  return USAGE_EXIT;
}
