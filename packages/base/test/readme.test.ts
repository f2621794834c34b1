import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as base from "../src/index.ts";

test("the example in the README prints the output shown there", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  const promised = [...example.matchAll(/console\.log.*\/\/ (.*)/g)].map((match) => match[1]);
  const body = example.replace(/import (\{[^}]*\}) from "[^"]*";/, "const $1 = base;");
  const printed: string[] = [];
  new Function("base", "console", body)(base, { log: (text: string) => printed.push(text) });
  expect(printed).toEqual(promised);
  expect(printed.length).toBeGreaterThan(0);
});
