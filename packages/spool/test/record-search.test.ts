import fc from "fast-check";
import { expect, test } from "vitest";
import { readRecord, recordHeader } from "../src/record.ts";
import { RecordSearch } from "../src/record-search.ts";

test("finds in any bytes the same records as a search at every offset", () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 700 }),
    fc.uint8Array({ maxLength: 700 }).map((data) => Buffer.concat([recordHeader(Buffer.from(data)), data])),
    fc.nat(300).map((length) => Buffer.alloc(length)),
    fc.nat(40).map((count) => Buffer.from("000001f0".repeat(count), "hex")),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), fc.nat(800), (pieces, from) => {
      const bytes = Buffer.concat(pieces);
      let expected: number | undefined;
      for (let at = from; at < bytes.length && expected === undefined; at++)
        if (readRecord(bytes, at) !== undefined) expected = at;
      expect(new RecordSearch(bytes).next(from)).toBe(expected);
    }),
    { numRuns: 300 },
  );
});

test("finds the record behind megabytes in which any offset could be a long record", () => {
  const claims = Buffer.alloc(2 << 20, Buffer.from("00100000", "hex")); // each of 1 MiB
  const record = Buffer.from("the record behind them");
  const whole = Buffer.concat([claims, recordHeader(record), record]);
  expect(new RecordSearch(whole).next(1)).toBe(claims.length);
});
