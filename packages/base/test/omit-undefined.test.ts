import { expect, expectTypeOf, test } from "vitest";
import { omitUndefined } from "../src/index.ts";

test("keeps every value except undefined", () => {
  const kept = omitUndefined({ a: undefined, b: null, c: 0, d: "", e: false, f: "x" });
  expect(kept).toStrictEqual({ b: null, c: 0, d: "", e: false, f: "x" });
  expect(Object.keys(kept)).toEqual(["b", "c", "d", "e", "f"]);
});

test("makes properties optional that may be undefined, and no others", () => {
  const given = { name: "x", port: undefined as number | undefined };
  expectTypeOf(omitUndefined(given)).toExtend<{ name: string; port?: number }>();
  const kept: { name: string; port?: number } = omitUndefined(given);
  expect(kept).toStrictEqual({ name: "x" });
});
