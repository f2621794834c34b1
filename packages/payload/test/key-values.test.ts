import { describe, expect, test } from "vitest";
import { parseKeyValues, type StopRule } from "../src/index.ts";
import { latin1 } from "./vectors.ts";

function read(text: string, stop: StopRule): Record<string, string> {
  const values = parseKeyValues(latin1(text), stop);
  return Object.fromEntries([...values].map(([key, value]) => [key, value.toString("latin1")]));
}

describe("first-empty", () => {
  test.for([
    ["a=1\nb=2\n\n\n", { a: "1", b: "2" }],
    ["a=1", { a: "1" }],
    ["a=1=2\n", { a: "1=2" }],
    ["a=1\na=2\n", { a: "2" }],
    ["a=1\n\nb=2\n", { a: "1" }],
    ["a=1\nno equals sign\nb=2\n", { a: "1" }],
    ["a=1\nb=\nc=3\n", { a: "1" }],
    ["\na=1\n", {}],
    [" a = 1 \n", { " a ": " 1 " }],
    ["output=\na=1\n", { output: "" }],
    ["output\na=1\n", { output: "(null)" }],
    ["outputs\na=1\n", {}],
    ["xutput\n", {}],
    ["output=x\na=1\n", { output: "x", a: "1" }],
    ["\xfc=\xdf\n", { "\xfc": "\xdf" }],
    ["", {}],
  ] as const)("%j", ([text, expected]) => expect(read(text, "first-empty")).toEqual(expected));
});

describe("never", () => {
  test.for([
    ["a=1\nb=2\n\n\n", { a: "1", b: "2" }],
    ["a=1\n\nb=2\n", { a: "1", b: "2" }],
    ["a=1\nno equals sign\nb=2\n", { a: "1", b: "2" }],
    ["a=1\nb=\nc=3\n", { a: "1", b: "", c: "3" }],
    [" a =\t1 = 2 \r\n", { a: "1 = 2" }],
    ["a=1\na=2\n", { a: "2" }],
    ["noise", {}],
  ] as const)("%j", ([text, expected]) => expect(read(text, "never")).toEqual(expected));
});

test("an equals sign of a later line is not taken for one of this line", () => {
  expect(read("x\ny\nz\na=1\n", "never")).toEqual({ a: "1" });
  expect(read("a=1\nx\nb=2", "first-empty")).toEqual({ a: "1" });
});

test("values are views of the text", () => {
  const text = latin1("key=value\n");
  expect(parseKeyValues(text, "never").get("key")?.buffer).toBe(text.buffer);
});
