import { expect, test } from "vitest";

import { shown } from "../src/log-text.ts";

test("names are shown as the UTF-8 they usually are, other bytes do no harm", () => {
  expect(shown(Buffer.from("Zürich"))).toBe("Zürich");
  expect(shown(Buffer.from([0x5a, 0xfc]))).toBe("Z\ufffd");
  expect(shown(Buffer.alloc(300, "n"))).toBe(`${"n".repeat(200)}…`);
});
