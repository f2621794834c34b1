import { expect, test } from "vitest";
import { decodeRecord, encodeRecord } from "../src/outgoing-result.ts";

const result = {
  function: Buffer.from("check_results"),
  unique: Buffer.from("00000000-0000-4000-8000-000000000000"),
  data: Buffer.from("a\0\xff\n", "latin1"),
  origin: "[::1]:4730",
};

test("a result survives the way to disk and back", () => {
  expect(decodeRecord(encodeRecord(result))).toEqual(result);
  const empty = { function: Buffer.alloc(0), unique: Buffer.alloc(0), data: Buffer.alloc(0), origin: "" };
  expect(decodeRecord(encodeRecord(empty))).toEqual(empty);
});

test("what is cut, or of another version, is no result", () => {
  const record = encodeRecord(result);
  const headEnd = record.length - result.data.length;
  for (let bytes = 0; bytes < headEnd; bytes++)
    expect(decodeRecord(record.subarray(0, bytes))).toBeUndefined();
  expect(decodeRecord(Buffer.concat([Buffer.from([2]), record.subarray(1)]))).toBeUndefined();
});
