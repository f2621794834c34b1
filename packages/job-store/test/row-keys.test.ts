import { expect, test } from "vitest";
import { RowKeys, uniqueOf } from "../src/row-keys.ts";

test("a unique is its own key", () => {
  const keys = new RowKeys();
  expect(keys.keyFor("host-service")).toBe("host-service");
  expect(uniqueOf("host-service")).toBe("host-service");
});

test.for(["", "-"])("jobs with the unique '%s' have a row each, and get it back (X9)", (unique) => {
  const keys = new RowKeys();
  const some = new Set(Array.from({ length: 1000 }, () => keys.keyFor(unique)));
  expect(some.size).toBe(1000);
  for (const key of some) {
    expect(key.length).toBeLessThanOrEqual(63);
    expect(uniqueOf(key)).toBe(unique);
  }
  expect(new RowKeys().keyFor(unique)).not.toBe([...some][0]);
});

test("only a key of that very form is a generated one", () => {
  for (const key of [
    "~gm~",
    "~gm~e",
    "~gm~x0123456789abcdef-1",
    "~gm~e0123456789abcdef-",
    "a~gm~e0123456789abcdef-1",
  ])
    expect(uniqueOf(key)).toBe(key);
});
