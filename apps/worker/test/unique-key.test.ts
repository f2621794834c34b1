import { expect, test } from "vitest";
import { uniqueKey } from "../src/unique-key.ts";

test("UUIDs of version 4, each another one", () => {
  const keys = Array.from({ length: 1000 }, () => uniqueKey().toString("latin1"));
  for (const key of keys)
    expect(key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(keys).size).toBe(1000);
});

test("every digit comes up in every place that is free", () => {
  const keys = Array.from({ length: 2000 }, () => uniqueKey().toString("latin1"));
  for (let place = 0; place < 36; place++) {
    const seen = new Set(keys.map((key) => key[place])).size;
    expect(seen, String(place)).toBe([8, 13, 14, 18, 23].includes(place) ? 1 : place === 19 ? 4 : 16);
  }
});
