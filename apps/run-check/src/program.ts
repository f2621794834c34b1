import { loadRun, runTool, serverHops } from "@mod-gearman/program";
import { run } from "./run.ts";
import type { World } from "./world.ts";

/**
 * Runs the program with the arguments `argv`.
 *
 * @returns the exit code: the state of the check; 3 without a result or for wrong arguments, 2 for bad settings with `--check-config`
 */
export function program(world: World): Promise<number> {
  const { argv, files, version, runtime } = world;
  return runTool({
    ...{ name: "mod_gearman_run", isPlugin: false, version, runtime },
    load: () => loadRun(argv, files),
    run: (options) => run(options, world),
    isVerbose: ({ verbose }) => verbose,
    hops: ({ servers }) => serverHops(servers),
    print: (text) => world.stdout(text),
    complain: (text) => world.stderr(text),
  });
}
