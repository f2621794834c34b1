import type { Options } from "tsup";
import base from "../../tsup.app.ts";

/** Checks that are rarely made: a file of their own, so that the usual one starts without their code. */
const SELDOM = ["self-test", "worker-check"];

/**
 * Each file carries all it needs. Split into common chunks instead, the main program would load cryptography for the
 * key file rule alone: esbuild shares whole packages.
 */
const apart: NonNullable<Options["esbuildPlugins"]>[number] = {
  name: "apart",
  setup(build) {
    build.onResolve({ filter: new RegExp(`^\\./(${SELDOM.join("|")})\\.ts$`) }, ({ kind, path }) =>
      kind === "dynamic-import" ? { path: path.replace(/ts$/, "js"), external: true } : undefined,
    );
  },
};

export default {
  ...(base as Options),
  entry: ["src/main.ts", ...SELDOM.map((name) => `src/${name}.ts`)],
  splitting: false,
  esbuildPlugins: [apart],
} satisfies Options;
