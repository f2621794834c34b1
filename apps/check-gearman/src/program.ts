import { fromUtf8 } from "@mod-gearman/config";
import { checkHops, loadCheckGearman, runTool } from "@mod-gearman/program";
import { run } from "./run.ts";
import type { World } from "./world.ts";

/**
 * Runs the program with the arguments `argv`. Usage errors go to standard output, like all text that a monitoring core
 * displays.
 *
 * @returns the exit code: 3 for help, version and usage errors (T18), else that of the check
 */
export function program(world: World): Promise<number> {
  const { argv, files, version, runtime } = world;
  return runTool({
    ...{ name: "check_gearman", isPlugin: true, version, runtime },
    load: () => loadCheckGearman(argv, files),
    run: (options) => run(options, world),
    isVerbose: ({ verbose }) => verbose > 0,
    hops: checkHops,
    print: (text) => world.stdout(fromUtf8(text)),
    complain: (text) => world.stderr(fromUtf8(text)),
  });
}
