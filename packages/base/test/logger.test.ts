import { expect, test } from "vitest";
import { nullLogger } from "../src/index.ts";

test("the null logger has no level enabled", () => {
  nullLogger.error("gone");
  expect(nullLogger.isEnabled("error")).toBe(false);
});
