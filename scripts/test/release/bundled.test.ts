// @module-tag slow
import { expect, test } from "vitest";
import { releaseScript } from "./release-script.ts";

interface Program {
  readonly app: string;
}
const { bundledIn, isBuilt } = await releaseScript<{
  bundledIn(program: Program): { name: string; text?: string }[];
  isBuilt(): boolean;
}>("bundled");
const { programs } = await releaseScript<{ programs: readonly Program[] }>("programs");

test.runIf(isBuilt()).for(["gearmand", "neb-bridge"])("what is inside the page of %s is listed", (app) => {
  const program = programs.find((one) => one.app === app);
  const preact = program && bundledIn(program).find(({ name }) => name === "preact");
  expect(preact?.text).toMatch(/Copyright .*Jason Miller/);
});
