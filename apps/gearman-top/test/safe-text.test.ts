import { printable, printableBytes } from "@mod-gearman/base";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { safeText } from "../src/safe-text.ts";

test.for([
  ["plain", "check_results", "check_results"],
  ["printable UTF-8", "hostgroup_münchen 日本", "hostgroup_münchen 日本"],
  ["escape sequences", "\u001b[31mred\u001b]0;t\u0007", "?[31mred?]0;t?"],
  ["C1 controls", "\u009b2J\u0085", "?2J?"],
  ["line ends and tabs", "a\rb\tc\u2028d", "a?b?c?d"],
  ["text that turns or hides", "a\u202eb\u200bc\u2066d\ufeff", "a?b?c?d?"],
] as const)("%s", ([, raw, safe]) => {
  expect(printableBytes(Buffer.from(raw)).toString()).toBe(safe);
  expect(safeText(Buffer.from(raw))).toBe(safe);
  expect(printable(raw)).toBe(safe);
});

test("bytes that are not UTF-8 are kept in batch mode except commands of 8 bit terminals; on the screen they are marked", () => {
  const raw = Buffer.from([0x6d, 0xfc, 0x9b, 0x1b, 0x41]);
  expect(printableBytes(raw)).toEqual(Buffer.from([0x6d, 0xfc, 0x3f, 0x3f, 0x41]));
  expect(safeText(raw)).toBe("m???A");
  const mixed = Buffer.concat([Buffer.from([0xff]), Buffer.from("\ufeffü\u202e")]);
  expect(printableBytes(mixed)).toEqual(Buffer.concat([Buffer.from([0xff]), Buffer.from("?ü?")]));
});

describe("any bytes", () => {
  const anyBytes = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
  const isUnsafe = (text: string) => /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text);

  test("never contains unsafe characters", () => {
    fc.assert(
      fc.property(anyBytes, (raw) => {
        expect(isUnsafe(safeText(raw))).toBe(false);
        expect(isUnsafe(printableBytes(raw).toString())).toBe(false);
      }),
    );
  });

  test("safe text stays unchanged", () => {
    fc.assert(
      fc.property(anyBytes, (raw) => {
        expect(printableBytes(printableBytes(raw))).toEqual(printableBytes(raw));
      }),
    );
  });
});
