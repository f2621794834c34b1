import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as client from "../src/index.ts";

test("the example in the README prints the output shown there", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  const promised = /console\.log.*\/\/ (.*)/.exec(example)?.[1];
  const body = example.replace(/import (\{[^}]*\}) from "[^"]*";/, "const $1 = client;");
  const printed: string[] = [];
  const log = (...words: unknown[]) => printed.push(words.join(" "));
  new Function("client", "console", body)(client, { log });
  expect(promised).toBeDefined();
  expect(printed).toEqual([promised]);
});
