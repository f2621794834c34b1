import { defineConfig } from "tsup";
import app from "../../tsup.app.ts";

const shared = typeof app === "function" || Array.isArray(app) ? {} : app;

/**
 * Checks that are rarely made: a file of their own, with all they need, so that the usual one starts without their code.
 * Split into common chunks instead, it would load cryptography for the key file rule alone.
 */
const SELDOM = ["self-test", "worker-check"];

export default defineConfig([
  { ...shared, entry: { main: "src/launch.ts" }, banner: { js: "#!/usr/bin/env node" }, sourcemap: false },
  {
    ...shared,
    entry: { program: "src/main.ts", ...Object.fromEntries(SELDOM.map((name) => [name, `src/${name}.ts`])) },
    format: "cjs",
    splitting: false,
    clean: false,
    banner: {},
    outExtension: () => ({ js: ".cjs" }),
    esbuildPlugins: [
      {
        name: "apart",
        setup(build) {
          build.onResolve({ filter: new RegExp(`^\\./(${SELDOM.join("|")})\\.ts$`) }, ({ kind, path }) =>
            kind === "dynamic-import" ? { path: path.replace(/ts$/, "cjs"), external: true } : undefined,
          );
        },
      },
    ],
    esbuildOptions(options) {
      options.conditions = ["source"];
      options.minifySyntax = true;
      options.minifyWhitespace = true;
    },
  },
]);
