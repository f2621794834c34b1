import { createHash } from "node:crypto";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { defineConfig, type Options } from "tsup";
import { program } from "./tsup.app.ts";

const shared = {
  ...program,
  format: "cjs",
  splitting: false,
  outExtension: () => ({ js: ".js" }),
} as const satisfies Options;

/**
 * Programs that are started often, so that every millisecond of their start counts. CommonJS throughout: that starts
 * faster than ES modules, and the launcher can switch on the compile cache before the program is compiled. Names and white
 * space cost time at every start too; the source map has them.
 *
 * @param lazy modules of `src` loaded by dynamic import; each is bundled into its own file
 */
export default (lazy: readonly string[]): ReturnType<typeof defineConfig> =>
  defineConfig([
    {
      ...shared,
      entry: { main: "src/launch.ts" },
      banner: { js: "#!/usr/bin/env node" },
      sourcemap: false,
      minify: true,
      onSuccess: async () => writeFileSync("dist/package.json", '{ "type": "commonjs" }\n'),
    },
    {
      ...shared,
      entry: {
        program: "src/main.ts",
        ...Object.fromEntries(lazy.map((name) => [name, `src/${name}.ts`])),
      },
      clean: false,
      banner: {},
      minify: true,
      onSuccess: async () => {
        for (const name of ["program", ...lazy]) appendHash(`dist/${name}.js`);
      },
      esbuildOptions(options) {
        shared.esbuildOptions(options);
        // files beside the program are required, so that the launcher keeps their compiled code too
        options.supported = { "dynamic-import": false };
      },
      esbuildPlugins: [
        {
          name: "apart",
          setup(build) {
            build.onResolve({ filter: new RegExp(`^\\./(${lazy.join("|")})\\.ts$`) }, ({ kind, path }) =>
              kind === "dynamic-import" ? { path: path.replace(/ts$/, "js"), external: true } : undefined,
            );
          },
        },
      ],
    },
  ]);

/** The launcher keeps compiled code for files with this last line only. */
function appendHash(path: string): void {
  const hash = createHash("sha256").update(readFileSync(path)).digest("hex");
  appendFileSync(path, `\n// ${hash}\n`);
}
