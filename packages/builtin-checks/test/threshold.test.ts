import { describe, expect, test } from "vitest";
import { evaluate, parseThreshold } from "../src/threshold.ts";

describe("thresholds", () => {
  test.for<[range: string, inside: number[], alarms: number[]]>([
    ["10", [0, 5, 10], [-1, 10.1]],
    ["10:", [10, 1e300], [9.9, -1]],
    ["~:10", [10, -1e300], [10.1]],
    ["-5:5.5", [-5, 0, 5.5], [-5.1, 5.6]],
    ["@5:10", [4.9, 10.1], [5, 7, 10]],
    [" 3 ", [3], [4]],
    ["", [1e9, -1e9], []],
  ])("%s", ([text, inside, alarms]) => {
    const range = parseThreshold(text);
    expect(inside.map((value) => evaluate(value, range))).toEqual(inside.map(() => 0));
    expect(alarms.map((value) => evaluate(value, range))).toEqual(alarms.map(() => 1));
    expect(alarms.map((value) => evaluate(value, undefined, range))).toEqual(alarms.map(() => 2));
  });

  test("critical has precedence over warning, NaN raises no alarm", () => {
    const range = parseThreshold("1");
    expect([evaluate(5, range, range), evaluate(Number.NaN, range, range)]).toEqual([2, 0]);
  });

  test.for(["x", "1:x", "5:1", "@5", ":5", "1e5", "1:2:3", "--1", "1."])("refuses %s", (text) => {
    expect(() => parseThreshold(text)).toThrow(expect.objectContaining({ code: "BAD_THRESHOLD" }));
  });
});
