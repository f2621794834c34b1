import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { releaseScript } from "./release-script.ts";

const { removeBuiltApps } = await releaseScript<{ removeBuiltApps(root: string): void }>("fresh");

test("a release holds no chunk of an earlier build", (context) => {
  const root = tmpFolder(context);
  for (const folder of ["apps/worker/dist/prebuilds", "apps/worker/src", "apps/gearmand/src"]) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  writeFileSync(join(root, "apps/worker/dist/metrics-OLD.js"), "");
  removeBuiltApps(root);
  expect(existsSync(join(root, "apps/worker/dist"))).toBe(false);
  expect(readdirSync(join(root, "apps/worker"))).toEqual(["src"]);
});

test("a folder without apps is none to clean", (context) => {
  expect(() => removeBuiltApps(tmpFolder(context))).not.toThrow();
});
