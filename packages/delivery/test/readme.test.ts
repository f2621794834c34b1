import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { FakeJobServer } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import * as deliveryPackage from "../src/index.ts";
import { accepting } from "./fixtures.ts";

test("the example in the README prints the output shown there", async (context) => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  const promised = /\n\/\/ (.*)\n$/.exec(example)?.[1];
  const server = new FakeJobServer(accepting());
  context.onTestFinished(() => server.close());
  const { host, port } = await server.listen();
  const body = example
    .replace(/import (\{[^}]*\}) from "[^"]*";/, "const $1 = deliveryPackage;")
    .replace('{ host: "localhost", port: 4730 }', JSON.stringify({ host, port }));
  const lines: string[] = [];
  const print = (line: string) => lines.push(line);
  const source = `return ${stripTypeScriptTypes(`(async () => {${body}})()`)}`;
  const run = new Function("deliveryPackage", "console", source);
  await run(deliveryPackage, { log: print, error: print });
  expect(promised).toBe("1 sent, 0 failed");
  expect(lines).toEqual([promised]);
});
