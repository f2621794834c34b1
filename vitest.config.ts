import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: ["packages/*", "apps/*", "native/addon"],
    passWithNoTests: false,
    // Many tests wait for other processes; on two cores the default would be one file at a time.
    maxWorkers: 3,
  },
});
