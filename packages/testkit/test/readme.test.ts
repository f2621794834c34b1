import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { encodePacket } from "@mod-gearman/protocol";
import { expect, test } from "vitest";
import * as testkit from "../src/index.ts";

test("the example in the README prints the output shown there", async () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  const promised = /\n\/\/ (.*)\n$/.exec(example)?.[1];
  const body = example.replace(/import (\{[^}]*\}) from "[^"]*";/, "const $1 = testkit;");
  const submitBytes = encodePacket("REQ", {
    name: "SUBMIT_JOB_BG",
    function: Buffer.from("host"),
    unique: Buffer.alloc(0),
    data: Buffer.from("workload"),
  });
  const printed: string[] = [];
  const run = new Function(
    "testkit",
    "submitBytes",
    "console",
    `return ${stripTypeScriptTypes(`(async () => {${body}})()`)}`,
  );
  await run(testkit, submitBytes, { log: (text: string) => printed.push(text) });
  expect(promised).toBe("host");
  expect(printed).toEqual([promised]);
});
