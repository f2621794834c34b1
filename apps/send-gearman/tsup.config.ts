import { writeFileSync } from "node:fs";
import { defineConfig } from "tsup";
import app from "../../tsup.app.ts";

const shared = {
  ...(typeof app === "function" || Array.isArray(app) ? {} : app),
  format: "cjs",
  splitting: false,
  outExtension: () => ({ js: ".js" }),
} as const;

/** Loaded when asked for, from files of their own: what one result does not need must not be read for it. */
const SELDOM = ["list", "open-spool"];

/**
 * CommonJS throughout: that starts faster than ES modules, and the launcher can switch on the compile cache before the
 * program is compiled. Names and white space cost time at every start too; the source map has them.
 */
export default defineConfig([
  {
    ...shared,
    entry: { main: "src/launch.ts" },
    banner: { js: "#!/usr/bin/env node" },
    sourcemap: false,
    onSuccess: async () => writeFileSync("dist/package.json", '{ "type": "commonjs" }\n'),
  },
  {
    ...shared,
    entry: { program: "src/main.ts", ...Object.fromEntries(SELDOM.map((name) => [name, `src/${name}.ts`])) },
    clean: false,
    banner: {},
    minify: true,
    esbuildPlugins: [
      {
        name: "apart",
        setup(build) {
          build.onResolve({ filter: new RegExp(`^\\./(${SELDOM.join("|")})\\.ts$`) }, ({ kind, path }) =>
            kind === "dynamic-import" ? { path: path.replace(/ts$/, "js"), external: true } : undefined,
          );
        },
      },
    ],
  },
]);
