import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: ["packages/*", "apps/*", "native/addon", "native/epn", "docs", "scripts"],
    passWithNoTests: false,
  },
});
