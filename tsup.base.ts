import { defineConfig } from "tsup";

/** Libraries: one ESM bundle of the package's own files; declarations come from tsc, not from tsup. */
export default defineConfig({
  entry: ["src/index.ts"],
  format: "esm",
  target: "node22",
  platform: "node",
  dts: false,
  sourcemap: true,
  clean: true,
});
