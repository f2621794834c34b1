import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { useCompileCache } from "../src/compile-cache.ts";

test.runIf(existsSync("/proc/self"))("a home where nothing can be made is done without", () => {
  const owner = { env: { HOME: "/proc" }, geteuid: () => 0 };
  expect(() => useCompileCache(owner)).not.toThrow();
});
