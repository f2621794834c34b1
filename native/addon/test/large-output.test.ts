// @module-tag slow
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { compileAddon, hasCompiler, LIMIT_MS, testFolder } from "./native-program.ts";

const source = new URL("../src/index.ts", import.meta.url).pathname;
const fixture = new URL("fixtures/large-output.ts", import.meta.url).pathname;
const { NODE_DIR = "" } = process.env;
const headers = [
  join(dirname(dirname(process.execPath)), "include/node"),
  join(NODE_DIR, "include/node"),
  join(NODE_DIR, "src"),
  "/usr/include/nodejs/src",
].find((folder) => existsSync(join(folder, "node_api.h")));
const wrapper = dirname(createRequire(import.meta.url).resolve("node-addon-api/package.json"));

const printed = (module: string) =>
  execFileSync(process.execPath, ["--disable-warning=ExperimentalWarning", fixture, module], {
    encoding: "utf8",
    timeout: LIMIT_MS,
  });

describe("a large output", { timeout: 2 * LIMIT_MS }, () => {
  test("is returned without a copy", () => expect(printed(source)).toBe("200000 x 0\n"));

  test.runIf(hasCompiler && headers !== undefined)(
    "is copied if Node does not accept external memory",
    () => {
      const folder = testFolder();
      const binaries = join(folder, "prebuilds", `${process.platform}-${process.arch}`);
      mkdirSync(binaries, { recursive: true });
      compileAddon("refused-buffer.cc", join(binaries, "mod_gearman_addon.node"), [
        ...[`-I${headers}`, `-I${wrapper}`, "-Wl,--wrap=napi_create_external_buffer"],
      ]);
      for (const name of ["index.ts", "message-cipher.ts"])
        copyFileSync(new URL(`../src/${name}`, import.meta.url).pathname, join(folder, name));
      expect(printed(join(folder, "index.ts"))).toBe("200000 x 0\n");
    },
  );
});
