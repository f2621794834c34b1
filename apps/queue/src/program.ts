import { loadQueue, runTool, serverHops } from "@mod-gearman/program";
import { run } from "./run.ts";
import type { World } from "./world.ts";

/**
 * Runs the program with the arguments `argv`.
 *
 * @returns the exit code: 0 done, 1 not done, 2 bad settings with `--check-config`, 3 wrong arguments
 */
export function program(world: World): Promise<number> {
  const { argv, files, version, runtime } = world;
  return runTool({
    ...{ name: "mod_gearman_queue", isPlugin: false, version, runtime },
    load: () => loadQueue(argv, files),
    run: (options) => run(options, world),
    isVerbose: ({ verbose }) => verbose,
    hops: ({ servers }) => serverHops(servers),
    print: (text) => world.stdout(text),
    complain: (text) => world.stderr(text),
  });
}
