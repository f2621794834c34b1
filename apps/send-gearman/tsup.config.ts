import { writeFileSync } from "node:fs";
import { defineConfig } from "tsup";
import app from "../../tsup.app.ts";

const shared = {
  ...(typeof app === "function" || Array.isArray(app) ? {} : app),
  format: "cjs",
  splitting: false,
  outExtension: () => ({ js: ".js" }),
} as const;

/**
 * Two files, the launcher and the program, both CommonJS: that starts faster than ES modules, and the launcher can
 * switch on the compile cache before the program is compiled. Names and white space cost time at every start too; the
 * source map has them.
 */
export default defineConfig([
  {
    ...shared,
    entry: { main: "src/launch.ts" },
    banner: { js: "#!/usr/bin/env node" },
    sourcemap: false,
    onSuccess: async () => writeFileSync("dist/package.json", '{ "type": "commonjs" }\n'),
  },
  { ...shared, entry: { program: "src/main.ts" }, clean: false, banner: {}, minify: true },
]);
