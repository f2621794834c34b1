import { expect, test } from "vitest";
import { loadDriver } from "../src/load-driver.ts";

test("a package that is installed is loaded", async () => {
  expect(await loadDriver("postgres", "pg")).toHaveProperty("default.Client");
  expect(await loadDriver("mysql", "mysql2/promise")).toHaveProperty("createConnection");
  expect(await loadDriver("redis", "ioredis")).toHaveProperty("Redis");
});

test("one that is missing is named, with the command that installs it", async () => {
  await expect(loadDriver("redis", "no-such-package/part")).rejects.toMatchObject({
    code: "MISSING_DRIVER",
    message:
      "--queue-type=redis needs the package no-such-package, which is not installed: npm install no-such-package",
  });
});
