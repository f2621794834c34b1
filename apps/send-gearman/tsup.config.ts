import { defineConfig } from "tsup";
import app from "../../tsup.app.ts";

const shared = typeof app === "function" || Array.isArray(app) ? {} : app;

/**
 * Two files: the launcher, and the program as CommonJS, which starts faster than an ES module. White space and comments
 * cost time at every start; names stay, for stack traces.
 */
export default defineConfig([
  { ...shared, entry: { main: "src/launch.ts" }, banner: { js: "#!/usr/bin/env node" }, sourcemap: false },
  {
    ...shared,
    entry: { program: "src/main.ts" },
    format: "cjs",
    splitting: false,
    clean: false,
    banner: {},
    outExtension: () => ({ js: ".cjs" }),
    esbuildOptions(options) {
      options.conditions = ["source"];
      options.minifySyntax = true;
      options.minifyWhitespace = true;
    },
  },
]);
