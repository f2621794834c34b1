import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as observe from "../src/index.ts";

test("the example in the README prints the output shown there", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  const promised = /\/\/ (\[2026.*)/.exec(example)?.[1];
  const body = example.replace(/import (\{[^}]*\}) from "[^"]*";/, "const $1 = observe;");
  const written: string[] = [];
  const stdout = { writableLength: 0, destroyed: false, write: (text: string) => written.push(text) > 0 };
  new Function("observe", "process", "performance", body)(observe, { stdout }, { now: () => 0 });
  expect(written[0]).toBe(`${promised}\n`);
  expect(written[1]).toMatch(/\[WARN \] job server is away\n$/);
});
