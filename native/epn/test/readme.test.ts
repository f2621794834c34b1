// @module-tag slow
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";

test("the example in the README prints the output shown there", async (context) => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  const promised = /^\/\/ (.*)$/m.exec(example)?.[1];
  const modules: Record<string, unknown> = {};
  for (const [, name] of example.matchAll(/from "([^"]*)"/g)) {
    modules[`${name}`] = await import(name === "@mod-gearman/epn" ? "../src/index.ts" : `${name}`);
  }
  const body = stripTypeScriptTypes(
    example.replace(/import (\{[^}]*\}) from ("[^"]*");/g, "const $1 = modules[$2];"),
  ).replaceAll("check_demo.pl", `${tmpFolder(context)}/check_demo.pl`);
  const printed: string[] = [];
  new Function("modules", "console", body)(modules, {
    log: (...words: unknown[]) => printed.push(words.join(" ")),
  });
  expect(printed).toEqual([promised]);
});
