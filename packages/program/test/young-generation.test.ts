// @module-tag slow
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type Heap, limitYoungGeneration } from "../src/young-generation.ts";

test("checks after each collection until the limit is reached, then stops", () => {
  let listener = () => {};
  const events: string[] = [];
  let bytes = 4;
  const heap: Heap = {
    youngBytes: () => bytes,
    freeze: () => events.push("freeze"),
    onCollection: (given) => {
      listener = given;
      return () => events.push("stop");
    },
  };
  limitYoungGeneration(8, heap);
  listener();
  expect(events).toEqual([]);
  bytes = 9;
  listener();
  expect(events).toEqual(["freeze", "stop"]);
});

const churn = (limit: string) => `
  import { limitYoungGeneration, processHeap } from ${JSON.stringify(new URL("../src/young-generation.ts", import.meta.url).href)};
  ${limit}
  const live = [];
  for (let turn = 0; turn < 400; turn++) {
    for (let at = 0; at < 20_000; at++) live[at] = { at, text: "x" + at + turn };
    await new Promise((resolve) => setImmediate(resolve));
  }
  console.log(processHeap.youngBytes());
`;

test("the heap of a process with much garbage stays near the limit", () => {
  const flags = ["--experimental-strip-types", "--no-warnings", "--input-type=module", "--eval"];
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  const run = (limit: string) =>
    Number(execFileSync(process.execPath, [...flags, churn(limit)], { cwd, encoding: "utf8" }));
  const limited = run("limitYoungGeneration(8 << 20);");
  expect(limited).toBeLessThan(33 << 20);
  expect(limited).toBeLessThan(run(""));
});
