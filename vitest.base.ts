import { defineConfig } from "vitest/config";

/** Shared by every room: sister packages are taken from source, so tests need no build. */
export default defineConfig({
  ssr: { resolve: { conditions: ["source"], externalConditions: ["source"] } },
  resolve: { conditions: ["source"] },
  test: { include: ["test/**/*.test.ts", "test/**/*.test.tsx"], testTimeout: 20_000, hookTimeout: 20_000 },
});
