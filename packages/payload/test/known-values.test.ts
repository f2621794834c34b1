import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseKeyValues } from "../src/index.ts";
import { KnownKeys } from "../src/known-values.ts";
import { latin1 } from "./vectors.ts";

const names = ["a", "bb", "output", "cc", "type"];
const keys = new KnownKeys(names);

function read(text: Buffer): Record<string, string> {
  const values = keys.read(text);
  const found = names.flatMap((name, index) => {
    const value = values.get(index)?.toString("latin1");
    return value === undefined ? [] : [[name, value]];
  });
  return { ...Object.fromEntries(found), ...(values.hasBareOutput ? { output: "(null)" } : {}) };
}

function readSimply(text: Buffer): Record<string, string> {
  const values = [...parseKeyValues(text, "first-empty")].filter(([name]) => names.includes(name));
  return Object.fromEntries(values.map(([name, value]) => [name, value.toString("latin1")]));
}

describe("the same values as parseKeyValues", () => {
  test.for([
    "a=1\nbb=2\ncc=3\noutput=o\n\n",
    "a=1\na=2\nbb=\ncc=3\n",
    "output=\na=1\n",
    "a=1\noutput\ncc=1\n",
    "output=x\noutput\n",
    "outputs\noutput=1\n",
    "a=1\nno equals sign\nbb=2",
    "a=1=2\n=3\nbb=4",
    `${"k".repeat(64)}=1\n${"k".repeat(65)}=1\na=1\n`,
    `a=1\n${"k".repeat(65)}=\nbb=1\n`,
    `${"x=1\n".repeat(999)}a=1\nbb=1\n`,
    `a=${"long ".repeat(40)}\nbb=2\n`,
    `a=${"x".repeat(48)}\nbb=${"y".repeat(47)}\ncc=${"z".repeat(49)}`,
    "",
  ])("%j", (text) => expect(read(latin1(text))).toEqual(readSimply(latin1(text))));

  test("for any text", () => {
    const piece = fc.constantFrom(
      "a",
      "bb",
      "cc",
      "output",
      "type",
      "other",
      "=",
      "\n",
      "=\n",
      "x".repeat(60),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = latin1(pieces.join(""));
        expect(read(text)).toEqual(readSimply(text));
      }),
      { numRuns: 2000 },
    );
  });
});
