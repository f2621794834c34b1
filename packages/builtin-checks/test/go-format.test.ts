import { describe, expect, test } from "vitest";
import { formatFixed, formatGeneral, formatSeconds } from "../src/go-format.ts";

describe("numbers as Go prints them", () => {
  test.for<[value: number, digits: number, text: string]>([
    [1, -1, "1"],
    [0.1, -1, "0.1"],
    [1e21, -1, "1000000000000000000000"],
    [1.5e22, -1, "15000000000000000000000"],
    [1e-7, -1, "0.0000001"],
    [-1.25e-9, -1, "-0.00000000125"],
    [0.125, 2, "0.12"],
    [0.375, 2, "0.38"],
    [2.5, 0, "2"],
    [3.5, 0, "4"],
    [-2.5, 0, "-2"],
    [1.005, 2, "1.00"],
    [1e21, 2, "1000000000000000000000.00"],
    [0, 3, "0.000"],
    [Number.NaN, 2, "NaN"],
    [Number.POSITIVE_INFINITY, -1, "+Inf"],
    [Number.NEGATIVE_INFINITY, 0, "-Inf"],
  ])("%d with %i digits", ([value, digits, text]) => expect(formatFixed(value, digits)).toBe(text));

  test.for<[value: number, text: string]>([
    [0, "0"],
    [1e-4, "0.0001"],
    [1e-5, "1e-05"],
    [1.5e-10, "1.5e-10"],
    [1e20, "100000000000000000000"],
    [1e21, "1e+21"],
    [-2e300, "-2e+300"],
  ])("%d in general", ([value, text]) => expect(formatGeneral(value)).toBe(text));

  test.for<[seconds: number, text: string]>([
    [0, "0s"],
    [59, "59s"],
    [60, "1m0s"],
    [3601, "1h0m1s"],
  ])("%i seconds", ([seconds, text]) => expect(formatSeconds(seconds)).toBe(text));
});
