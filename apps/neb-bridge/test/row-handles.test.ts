import { expect, test } from "vitest";
import { handleOf, type Row } from "../src/check-row.ts";
import { handleNumberOf, RowHandles } from "../src/row-handles.ts";

test.for([
  "H:srv:1",
  "H:srv:123456789012345",
  "H:srv:1234567890123456",
  "H:srv:",
  "H:srv:007",
  "H:srv:0",
  "odd",
  "",
])("%j comes back as it was", (handle) => {
  const small = new RowHandles().of(Buffer.from(handle));
  expect(handleOf(small as Row)).toBe(handle);
});

test("the part in front of the number is kept once", () => {
  const handles = new RowHandles();
  expect(handles.of(Buffer.from("H:srv:17"))).toEqual({ handlePrefix: "H:srv:", handleNumber: 17 });
  expect(handles.of(Buffer.from("H:other:17"))).toEqual({ handlePrefix: "H:other:", handleNumber: 17 });
});

test("the number of a handle, if it has one", () => {
  const numbers = ["H:srv:17", "17", "H:srv:007", "odd", ""].map((text) => handleNumberOf(Buffer.from(text)));
  expect(numbers).toEqual([17, 17, -1, -1, -1]);
});
