import { expect, test } from "vitest";
import { escapeControls, oneLine } from "../src/index.ts";

test.for([
  ["a\nb\r\tc", "a\\nb\\r\\tc"],
  ["\u001b[31m", "\\x1b[31m"],
  ["\u007f\u0080\u009b1m\u009f", "\\x7f\\x80\\x9b1m\\x9f"],
  ["ä €", "ä €"],
] as const)("%j is printed as %s", ([text, printed]) => expect(escapeControls(text)).toBe(printed));

test("a text above the limit is cut and counted", () => {
  expect(oneLine("abc", 3)).toBe("abc");
  expect(oneLine("abcdef", 3)).toBe("abc (+3 characters)");
});
