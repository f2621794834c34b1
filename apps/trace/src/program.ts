import { loadTrace, runTool } from "@mod-gearman/program";
import { run } from "./run.ts";
import type { World } from "./world.ts";

/**
 * Runs the program with the arguments `argv`. Usage errors go to standard output, like all text that a monitoring core displays.
 *
 * @returns the exit code: 3 for help, version and usage errors
 */
export function program(world: World): Promise<number> {
  const { argv, files, version, runtime } = world;
  return runTool({
    ...{ name: "mod_gearman_trace", isPlugin: true, version, runtime },
    load: () => loadTrace(argv, files),
    run: (options) => run(options, world),
    print: (text) => world.stdout(text),
    complain: (text) => world.stderr(text),
  });
}
