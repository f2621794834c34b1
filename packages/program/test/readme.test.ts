import { readFileSync } from "node:fs";
import * as config from "@mod-gearman/config";
import { expect, test } from "vitest";
import * as program from "../src/index.ts";

test("the example in the README prints the output shown there", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  const body = example.replace(/import (\{[^}]*\}) from "@mod-gearman\/([a-z]+)";/g, "const $1 = $2;");
  const printed: unknown[] = [];
  new Function("config", "program", "console", body)(config, program, {
    log: (value: unknown) => printed.push(value),
  });
  expect(printed.slice(0, 3)).toEqual([{ host: "::1", port: 4731 }, false, "/etc/mod_gearman/module.conf:3"]);
  expect(printed[3]).toMatch(/ key += set \(19 bytes\) /);
});
