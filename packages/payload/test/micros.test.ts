import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseMicros, printMicros } from "../src/index.ts";
import { latin1, loadVectors } from "./vectors.ts";

interface TimeRow {
  readonly text: string;
  readonly printed: string;
}

const rows = loadVectors<{ cases: TimeRow[] }>("time-strings").cases;

/** Rows where the C suite computes with a double and 32 bit seconds; ours is exact. */
const exact = new Map([
  ["100.000001", "100.000001"],
  ["1700000000.000001", "1700000000.000001"],
  ["1795246679.712880", "1795246679.712880"],
  ["2147483648.5", "2147483648.500000"],
  ["99999999999", "99999999999.000000"],
]);

test.for(rows)("$text", ({ text, printed }) => {
  expect(printMicros(parseMicros(latin1(text)))).toBe(exact.get(text) ?? printed);
});

test("the rows that differ from the C suite are rows", () => {
  const differing = rows.filter(({ text, printed }) => (exact.get(text) ?? printed) !== printed);
  expect(differing).toHaveLength(exact.size);
});

test.for([
  ["1.5e3", 1_500_000_000n],
  ["1e-6", 1n],
  ["1e-7", 0n],
  ["12e", 12_000_000n],
  ["12e+", 12_000_000n],
  [".5", 500_000n],
  ["5.", 5_000_000n],
  [".", 0n],
  ["-", 0n],
  ["+7.000001", 7_000_001n],
  ["\t\r\n 1", 1_000_000n],
  ["1 2", 1_000_000n],
  ["0.000000999", 0n],
  ["-0.0000009", 0n],
  ["000000000000000000000000000001.5", 1_500_000n],
  ["0x10", 0n],
  ["inf", 0n],
  ["nan", 0n],
] as const)("%j is %d µs", ([text, expected]) => {
  expect(parseMicros(latin1(text))).toBe(expected);
});

describe("values beyond 64 bit become the end of the range", () => {
  const limit = 2n ** 63n - 1n;
  test.for(["9223372036854.775808", "1e30", `1e${"9".repeat(400)}`, "9".repeat(1_000_000)])(
    "%.20s",
    (text) => {
      expect(parseMicros(latin1(text))).toBe(limit);
      expect(parseMicros(latin1(`-${text}`))).toBe(-limit);
    },
  );
  test("the last value in the range is exact", () => {
    expect(parseMicros(latin1("9223372036854.775807"))).toBe(limit);
    expect(printMicros(limit)).toBe("9223372036854.775807");
  });
  test("a huge negative exponent is 0", () => {
    expect(parseMicros(latin1(`${"9".repeat(1000)}e-${"9".repeat(400)}`))).toBe(0n);
  });
});

test.for([
  [0n, "0.000000"],
  [1n, "0.000001"],
  [-1n, "-0.000001"],
  [-5_250_000n, "-5.250000"],
  [999_999n, "0.999999"],
] as const)("%d µs prints as %s", ([time, text]) => expect(printMicros(time)).toBe(text));

test("any time survives printing and parsing", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n }), (time) => {
      const text = printMicros(time);
      expect(text).toMatch(/^-?\d+\.\d{6}$/);
      expect(parseMicros(latin1(text))).toBe(time);
    }),
  );
});

test("the plain form and any other form of the number have the same value", () => {
  const plain = fc.tuple(fc.stringMatching(/^\d{0,12}$/), fc.stringMatching(/^\d{5,7}$/));
  fc.assert(
    fc.property(plain, ([whole, fraction]) => {
      const text = `${whole}.${fraction}`;
      expect(parseMicros(latin1(text))).toBe(parseMicros(latin1(` ${text}`)));
    }),
    { examples: [[["9007199254", "740991"]], [["9007199254", "740992"]], [["9999999999", "999999"]]] },
  );
});
