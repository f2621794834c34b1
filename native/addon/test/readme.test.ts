import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { expect, test } from "vitest";
import * as sut from "../src/index.ts";

test("the example in the README prints the output shown there", async () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  const promised = /^\/\/ (.*)$/m.exec(example)?.[1];
  const body = stripTypeScriptTypes(example.replace(/import (\{[^}]*\}) from "[^"]*";/, "const $1 = sut;"));
  const printed: string[] = [];
  new Function("sut", "console", body)(sut, { log: (...words: unknown[]) => printed.push(words.join(" ")) });
  await expect.poll(() => printed).toEqual([promised]);
});
