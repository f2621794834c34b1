import { expect, test } from "vitest";

import { oneLine, shown } from "../src/log-text.ts";

test("names are shown as the UTF-8 they usually are, other bytes do no harm", () => {
  expect(shown(Buffer.from("Zürich"))).toBe("Zürich");
  expect(shown(Buffer.from([0x5a, 0xfc]))).toBe("Z\ufffd");
  expect(shown(Buffer.alloc(300, "n"))).toBe(`${"n".repeat(200)}…`);
});

test("no text makes a second line, a colour or an end", () => {
  expect(oneLine("a\nb\u001b[31m\0c\td", 100)).toBe("a\\nb\\x1b[31m\\x00c\\x09d");
  expect(oneLine("x".repeat(50), 10)).toHaveLength(10);
});
