import { expect, test } from "vitest";

import { shown } from "../src/log-text.ts";

test("names are decoded as UTF-8, other bytes are replaced", () => {
  expect(shown(Buffer.from("Zürich"))).toBe("Zürich");
  expect(shown(Buffer.from([0x5a, 0xfc]))).toBe("Z\ufffd");
  expect(shown(Buffer.alloc(300, "n"))).toBe(`${"n".repeat(200)}…`);
});
