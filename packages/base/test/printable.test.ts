import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { printable, printableBytes, printableLatin1 } from "../src/index.ts";

describe("printable", () => {
  test.for([
    ["plain ~", "plain ~"],
    ["äöü €", "äöü €"],
    ["a\u001b[2Jb\nc\t", "a?[2Jb?c?"],
    ["\u009b1m", "?1m"],
    ["\u202eevil\u2028\ud800", "?evil??"],
  ] as const)("%j becomes %j", ([text, safe]) => expect(printable(text)).toBe(safe));
});

describe("printableBytes", () => {
  test.for([
    ["61 9b 31 6d", "61 3f 31 6d"], // 8-bit CSI
    ["c2 9b", "3f"], // the same as UTF-8
    ["e2 9b 9b", "e2 9b 9b"], // U+26DB contains the byte twice and is not a control character
    ["e4 f6 fc", "e4 f6 fc"], // latin1 letters are kept
    ["e2 80 ae", "3f"], // bidirectional override
    ["ed a0 80", "ed a0 3f"], // a surrogate is not UTF-8
    ["00 1b 7f", "3f 3f 3f"],
  ] as const)("%s becomes %s", ([bytes, safe]) => {
    const raw = Buffer.from(bytes.replaceAll(" ", ""), "hex");
    expect(printableBytes(raw)).toEqual(Buffer.from(safe.replaceAll(" ", ""), "hex"));
  });

  test("a Buffer without unsafe bytes is returned itself", () => {
    const raw = Buffer.from("queue");
    expect(printableBytes(raw)).toBe(raw);
  });

  test("contains no control character for any bytes", () =>
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const safe = printableBytes(Buffer.from(bytes));
        expect(printableBytes(safe)).toEqual(safe);
        expect(safe.toString("utf8")).not.toMatch(/\p{Cc}/u);
        expect(safe.some((byte) => byte < 0x20 || byte === 0x7f)).toBe(false);
      }),
    ));
});

test("text of several lines keeps tabs and line ends", () => {
  const text = "OK\tx\ny\r\nz\rZ\x1b[0m\x9b";
  expect(printableLatin1(text, "lines")).toBe("OK\tx\ny\r\nz?Z?[0m?");
  expect(printable(text, "lines")).toBe("OK\tx\ny\r\nz?Z?[0m?");
});
