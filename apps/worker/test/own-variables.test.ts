import { expect, test } from "vitest";
import { takeOwnVariables } from "../src/own-variables.ts";

test("settings go, everything else stays", () => {
  const env = { PATH: "/bin", MOD_GEARMAN_KEY: "k", MOD_GEARMAN_WORKER_DETACHED: "1", XMOD_GEARMAN_KEY: "x" };
  const before = { ...env };
  expect(takeOwnVariables(env)).toEqual(before);
  expect(env).toEqual({ PATH: "/bin", XMOD_GEARMAN_KEY: "x" });
});
