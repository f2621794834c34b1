import { defineConfig } from "tsup";

/** Programs: everything in one file, so that a command starts without resolving a tree of modules. */
export default defineConfig({
  entry: ["src/main.ts"],
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
      "#!/usr/bin/env node",
      'import { createRequire as __createRequire } from "node:module";',
      "const require = __createRequire(import.meta.url);",
    ].join("\n"),
  },
});
