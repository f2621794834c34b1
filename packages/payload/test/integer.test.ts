import { expect, test } from "vitest";
import { parseInteger } from "../src/integer.ts";
import { latin1 } from "./vectors.ts";

test.for([
  ["0", 0],
  ["-1", -1],
  ["+7", 7],
  [" \t12abc", 12],
  ["3.9", 3],
  ["abc", 0],
  ["", 0],
  ["-", 0],
  ["2147483647", 2147483647],
  ["2147483648", 2147483647],
  ["-99999999999999999999", -2147483648],
] as const)("%j is %d", ([text, value]) => expect(parseInteger(latin1(text))).toBe(value));
