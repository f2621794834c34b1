import { defineConfig } from "vitest/config";
import { maxWorkers } from "./vitest.base.ts";

export default defineConfig({
  test: {
    maxWorkers,
    projects: ["packages/*", "apps/*", "native/addon", "native/epn", "docs", "scripts"],
    passWithNoTests: false,
  },
});
