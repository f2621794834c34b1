import { expect, test } from "vitest";
import { parseInt64, parseUint32 } from "../src/core/numbers.ts";

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

test.for([
  ["", 0n],
  ["abc", 0n],
  ["12x", 12n],
  [" \t\n+7", 7n],
  ["-5", -5n],
  ["--5", 0n],
  ["000000000000000000000000000000000000000000000000012", 12n],
  ["9223372036854775807", 9223372036854775807n],
  ["9223372036854775808", undefined],
  ["-9223372036854775808", -9223372036854775808n],
  ["-9223372036854775809", undefined],
  ["9".repeat(8000), undefined],
] as const)("%s as 64 bit integer", ([text, value]) => expect(parseInt64(bytes(text))).toBe(value));

test.for([
  ["007", 7],
  ["abc", 0],
  ["-1", 4_294_967_295],
  ["4294967296", 0],
  ["99999999999", 1_215_752_191],
  ["9".repeat(30), 4_294_967_295],
  [`-${"9".repeat(30)}`, 0],
] as const)("%s as uint32", ([text, value]) => expect(parseUint32(bytes(text))).toBe(value));
