import { fromUtf8 } from "@mod-gearman/config";
import { loadDoctor, runTool } from "@mod-gearman/program";
import { run } from "./run.ts";
import type { World } from "./world.ts";

/**
 * Runs the program with the arguments `argv`. Usage errors go to standard output, like all text that a monitoring core
 * displays.
 *
 * @returns the exit code: 3 for help, version and usage errors, else that of the report
 */
export function program(world: World): Promise<number> {
  const { argv, files, version, runtime } = world;
  return runTool({
    ...{ name: "mod_gearman_doctor", isPlugin: true, version, runtime },
    load: () => loadDoctor(argv, files),
    run: (options) => run(options, world),
    isVerbose: ({ verbose }) => verbose > 0,
    print: (text) => world.stdout(fromUtf8(text)),
    complain: (text) => world.stderr(fromUtf8(text)),
  });
}
