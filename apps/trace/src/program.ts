import { ConfigError, callWarnings, checkConfigReport, warningLines } from "@mod-gearman/config";
import { loadTrace } from "@mod-gearman/program";
import { run } from "./run.ts";
import type { World } from "./world.ts";

const USAGE_EXIT = 3;

/**
 * Runs the program with the arguments `argv`. Usage errors go to standard output, like all text that a monitoring core displays.
 *
 * @returns the exit code: 3 for help, version and usage errors
 */
export async function program(world: World): Promise<number> {
  try {
    const request = loadTrace(world.argv, world.files);
    if ("help" in request) return end(world, `${request.help.trimEnd()}\n`, USAGE_EXIT);
    if ("version" in request)
      return end(
        world,
        `mod_gearman_trace: version ${world.version} running on ${world.runtime}\n\n`,
        USAGE_EXIT,
      );
    if (request.checkConfig) return end(world, checkConfigReport(request), 0);
    const warnings = callWarnings(request.warnings, false);
    if (warnings.length > 0) world.stderr(`${warningLines(warnings).join("\n")}\n`);
    return await run(request.options, world);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return end(world, `${error.message}\n\n${error.help ?? ""}`, error.exitCode);
  }
}

function end(world: World, text: string, code: number): number {
  world.stdout(text);
  return code;
}
