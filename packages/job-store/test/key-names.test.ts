import fc from "fast-check";
import { expect, test } from "vitest";
import { nameOfKey, rowOfName } from "../src/key-names.ts";

test.for([
  [{ function: "f", key: "host-ping" }, "f-host-ping"],
  [{ function: "f", key: "" }, "f-"],
  [{ function: "a-b", key: "c" }, "-3-a-b-c"],
  [{ function: "", key: "3-a-b-c" }, "-0--3-a-b-c"],
] as const)("%j is %s", ([row, name]) => {
  expect(nameOfKey(row)).toBe(name);
  expect(rowOfName(name)).toEqual(row);
});

test("two jobs never have one key", () => {
  const word = fc.string({ unit: fc.constantFrom("-", "1", "a"), maxLength: 6 });
  fc.assert(
    fc.property(word, word, (name, key) => {
      expect(rowOfName(nameOfKey({ function: name, key }))).toEqual({ function: name, key });
    }),
  );
});

test.for(["", "f", "-9-f-x", "-1-"])("'%s' is the key of no job", (name) => {
  expect(rowOfName(name)).toBeUndefined();
});
