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

test("an equals sign in a later line is not that of this line", () => {
  expect(read("x\ny\nz\na=1\n", "never")).toEqual({ a: "1" });
  expect(read("a=1\nx\nb=2", "first-empty")).toEqual({ a: "1" });
});

describe("time and memory are bounded", () => {
  test.for(["never", "first-empty"] as const)("%s: what follows 1,000 lines is not read", (stop) => {
    const lines = Array.from({ length: 2000 }, (_, n) => `k${n}=v\n`).join("");
    const values = parseKeyValues(latin1(lines), stop);
    expect(values.size).toBe(1000);
    expect([values.has("k999"), values.has("k1000")]).toEqual([true, false]);
  });

  test("lines without a value count too", () => {
    expect(read(`a=1\n${"x\n".repeat(998)}b=2\nc=3\n`, "never")).toEqual({ a: "1", b: "2" });
  });

  test.for(["never", "first-empty"] as const)("%s: a key above 64 bytes does not count", (stop) => {
    const [longest, longer] = ["k".repeat(64), "k".repeat(65)];
    expect(read(`${longest}=1\n${longer}=2\na=3\n`, stop)).toEqual({ [longest]: "1", a: "3" });
  });

  test("an overlong key without value ends the reading like any other", () => {
    expect(read(`a=1\n${"k".repeat(65)}=\nb=2\n`, "first-empty")).toEqual({ a: "1" });
  });
});

test("values are views of the text", () => {
  const text = latin1("key=value\n");
  expect(parseKeyValues(text, "never").get("key")?.buffer).toBe(text.buffer);
});
