import { ConfigError, callWarnings, checkConfigReport, warningLines } from "@mod-gearman/config";
import { loadQueue, serverHops } from "@mod-gearman/program";
import { run } from "./run.ts";
import type { World } from "./world.ts";

/**
 * Runs the program with the arguments `argv`.
 *
 * @returns the exit code: 0 done, 1 not done, 2 bad settings with `--check-config`, 3 wrong arguments
 */
export async function program(world: World): Promise<number> {
  try {
    const request = loadQueue(world.argv, world.files);
    if ("help" in request) return print(world, request.help);
    if ("version" in request)
      return print(world, `mod_gearman_queue: version ${world.version} running on ${world.runtime}\n`);
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
