import { expect, test } from "vitest";
import { fromUtf8, lowerCase, toBytes, toUtf8, trimSpace, upperCase } from "../src/latin1.ts";

test("trims the same characters as C isspace", () => {
  expect(trimSpace(" \t\r\n\v\fa b \t\r\n\v\f")).toBe("a b");
  expect(trimSpace(" \t ")).toBe("");
});

test("keeps the last byte of à, which String.trim would treat as a blank", () => {
  const bytes = fromUtf8("voilà");
  expect(toUtf8(trimSpace(bytes))).toBe("voilà");
  expect(toBytes(bytes)).toEqual(Buffer.from("voilà", "utf8"));
});

test("changes the case of ASCII letters only", () => {
  expect(toUtf8(lowerCase(fromUtf8("ÀBC")))).toBe("Àbc");
  expect(toUtf8(upperCase(fromUtf8("éfg")))).toBe("éFG");
});
