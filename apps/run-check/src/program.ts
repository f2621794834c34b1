import { ConfigError, callWarnings, checkConfigReport, warningLines } from "@mod-gearman/config";
import { loadRun, serverHops } from "@mod-gearman/program";
import { run } from "./run.ts";
import type { World } from "./world.ts";

/**
 * Runs the program with the arguments `argv`.
 *
 * @returns the exit code: the state of the check; 3 without a result or for wrong arguments, 2 for bad settings with `--check-config`
 */
export async function program(world: World): Promise<number> {
  try {
    const request = loadRun(world.argv, world.files);
    if ("help" in request) return print(world, request.help);
    if ("version" in request)
      return print(world, `mod_gearman_run: version ${world.version} running on ${world.runtime}\n`);
    if (request.checkConfig)
      return print(world, checkConfigReport(request, serverHops(request.options.servers)));
    const warnings = callWarnings(request.warnings, request.options.verbose);
    if (warnings.length > 0) world.stderr(`${warningLines(warnings).join("\n")}\n`);
    return await run(request.options, world);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    world.stderr(`${error.message}\n\n${error.help ?? ""}`);
    return error.exitCode;
  }
}

function print(world: World, text: string): number {
  world.stdout(text);
  return 0;
}
