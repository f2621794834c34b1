import { defineConfig, type Options } from "tsup";
import { NO_INSPECTOR } from "./packages/base/src/early-signals.ts";

/** The program itself: one file, and one for each part that few need. */
export const program = {
  entry: { program: "src/main.ts" },
  format: "esm",
  target: "node22",
  platform: "node",
  dts: false,
  sourcemap: true,
  clean: true,
  noExternal: [/.*/],
  esbuildOptions(options) {
    options.conditions = ["source"];
  },
  banner: {
    // CommonJS dependencies inside the bundle still ask for require().
    js: [
      'import { createRequire as __createRequire } from "node:module";',
      "const require = __createRequire(import.meta.url);",
    ].join("\n"),
  },
} satisfies Options;

/**
 * What the command starts, for a shell and for Node.js alike: the shell ignores the signals that would end it, until
 * Node.js has its own handlers, and starts Node.js with the argument that keeps SIGUSR1 from opening the inspector.
 */
const launcher = (environment: Readonly<Record<string, string>>): string => {
  const settings = Object.entries(environment).map(
    ([name, value]) => `export ${name}="\${${name}:-${value}}"\n`,
  );
  return `#!/bin/sh
":" /*
trap "" HUP USR1 USR2
${settings.join("")}exec node ${NO_INSPECTOR} "$0" "$@"
*/;`;
};

/**
 * Programs that run on. Their signals are held before anything else is loaded.
 *
 * @param environment variables of the process when a shell starts it, unless they are set already
 */
export default (
  more: Options = {},
  environment: Readonly<Record<string, string>> = {},
): ReturnType<typeof defineConfig> =>
  defineConfig([
    { ...program, ...more },
    {
      ...program,
      entry: { main: "src/launch.ts" },
      clean: false,
      banner: { js: launcher(environment) },
      esbuildPlugins: [
        {
          name: "apart",
          setup(build) {
            build.onResolve({ filter: /^\.\/main\.ts$/ }, () => ({ path: "./program.js", external: true }));
          },
        },
      ],
    },
  ]);
