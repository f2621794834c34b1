import fc from "fast-check";
import { expect, test } from "vitest";
import { writeArgument, writeDigits, writeLatin1 } from "../src/core/written-text.ts";

const FILLING = 0xaa;

/** What `write` changes in a buffer of 100 bytes from offset 3 on. */
function written(write: (buffer: Buffer, start: number) => number): Buffer {
  const buffer = Buffer.alloc(100, FILLING);
  const end = write(buffer, 3);
  expect(buffer.subarray(0, 3).equals(Buffer.alloc(3, FILLING))).toBe(true);
  expect(buffer.subarray(end).equals(Buffer.alloc(100 - end, FILLING))).toBe(true);
  return buffer.subarray(3, end);
}

test.for([0, 9, 10, 99, 100, 65_535, 999_999_999, 1_000_000_000, 2 ** 31, 0xffff_ffff])(
  "%d in decimal digits",
  (value) =>
    expect(written((buffer, start) => writeDigits(value, buffer, start)).toString()).toBe(`${value}`),
);

test("any uint32 in decimal digits", () => {
  fc.assert(
    fc.property(fc.nat({ max: 0xffff_ffff }), (value) => {
      expect(written((buffer, start) => writeDigits(value, buffer, start)).toString()).toBe(`${value}`);
    }),
  );
});

test("text of any length and bytes, without and with its NUL", () => {
  const latin1 = fc.uint8Array({ maxLength: 90 }).map((bytes) => Buffer.from(bytes).toString("latin1"));
  fc.assert(
    fc.property(latin1, (text) => {
      const plain = written((buffer, start) => writeLatin1(text, buffer, start));
      expect(plain.toString("latin1")).toBe(text);
      const argument = written((buffer, start) => writeArgument(text, buffer, start));
      expect(argument.toString("latin1")).toBe(`${text}\0`);
    }),
  );
});
