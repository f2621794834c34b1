import { expect, test } from "vitest";
import { cellWidth, cutCells, padCells } from "../src/cells.ts";
import { sparkline } from "../src/sparkline.ts";

test.for([
  ["abc", 3],
  ["ü", 1],
  ["u\u0308", 1],
  ["日本", 4],
  ["한글", 4],
  ["ｶﾅ", 2],
  ["Ａ", 2],
  ["🙂", 2],
  ["", 0],
] as const)("%s takes %d columns", ([text, width]) => expect(cellWidth(text)).toBe(width));

test.for([
  ["abcdef", 4, "abcd"],
  ["日本語", 5, "日本"],
  ["日本語", 6, "日本語"],
  ["u\u0308u\u0308", 1, "u\u0308"],
  ["日", 1, ""],
  ["abc", -1, ""],
] as const)("%s cut to %d", ([text, columns, cut]) => expect(cutCells(text, columns)).toBe(cut));

test("padCells pads to the columns and never cuts", () => {
  expect(padCells("日本", 6)).toBe("日本  ");
  expect(padCells("abc", 2)).toBe("abc");
});

test.for<[number[], number, string]>([
  [[0, 1, 4, 8], 4, "▁▂▅█"],
  [[0, 0], 4, "  ▁▁"],
  [[9, 9, 1, 1], 2, "██"],
  [[-2, 5], 2, "▁█"],
  [[], 3, "   "],
])("the sparkline of %j in %d columns", ([values, width, line]) =>
  expect(sparkline(values, width)).toBe(line),
);
