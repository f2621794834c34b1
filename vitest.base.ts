import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { onlyOwnPackage } from "./vitest.watch.ts";

/** Most test files wait for timers, processes and sockets; one worker per core would leave the cores idle. */
export const maxWorkers: number = availableParallelism() + 2;

/**
 * Shared by every room: sister packages are taken from source, so tests need no build. The times are only there to end
 * what hangs: a busy machine of two cores may take a hundred times longer than a quiet one.
 */
export default defineConfig({
  plugins: [onlyOwnPackage()],
  ssr: { resolve: { conditions: ["source"], externalConditions: ["source"] } },
  resolve: { conditions: ["source"] },
  test: {
    include: ["test/**/*.test.ts", "test/**/*.test.tsx"],
    tags: [
      {
        name: "slow",
        description: "Needs a build, Perl or a real server, or waits for long; not in test:fast.",
      },
      { name: "fuzz", description: "Thousands of random inputs; not in test:watch." },
    ],
    maxWorkers,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
  },
});
