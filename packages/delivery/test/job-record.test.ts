import { expect, test } from "vitest";
import { decodeJobRecord, encodeJobRecord } from "../src/job-record.ts";

const job = {
  function: Buffer.from("check_results"),
  unique: Buffer.from("00000000-0000-4000-8000-000000000000"),
  data: Buffer.from("a\0\xff\n", "latin1"),
  origin: "[::1]:4730",
};

test("encoding and decoding returns the same job", () => {
  expect(decodeJobRecord(encodeJobRecord(job))).toEqual(job);
  const little = { function: Buffer.from("f"), unique: Buffer.alloc(0), data: Buffer.alloc(0), origin: "" };
  expect(decodeJobRecord(encodeJobRecord(little))).toEqual(little);
});

test("records of earlier releases of the senders have no unique key and no origin", () => {
  expect(decodeJobRecord(Buffer.from("check_results\0a\0b"))).toEqual({
    function: Buffer.from("check_results"),
    unique: Buffer.alloc(0),
    data: Buffer.from("a\0b"),
    origin: "",
  });
});

test("truncated records, those without function or of another version are refused", () => {
  const record = encodeJobRecord(job);
  const headEnd = record.length - job.data.length;
  for (let bytes = 0; bytes < headEnd; bytes++)
    expect(decodeJobRecord(record.subarray(0, bytes))).toBeUndefined();
  expect(decodeJobRecord(Buffer.concat([Buffer.from([2]), record.subarray(1)]))).toBeUndefined();
  expect(decodeJobRecord(encodeJobRecord({ ...job, function: Buffer.alloc(0) }))).toBeUndefined();
  for (const text of ["", "\0no queue", "no NUL in it"])
    expect(decodeJobRecord(Buffer.from(text))).toBeUndefined();
});
