import fc from "fast-check";
import { expect, test } from "vitest";
import { keyBytes, keyFromFile } from "../src/index.ts";
import { base64, loadVectors } from "./vectors.ts";

interface KeyFileRow {
  readonly file: string;
  readonly rc: number;
  readonly key: string | null;
}

const rows = loadVectors<{ cases: KeyFileRow[] }>("keyfile").cases;

test.for(rows)("key file $file", ({ file, rc, key }) => {
  if (rc === 0) expect(keyFromFile(base64(file))).toEqual(base64(key as string));
  else expect(() => keyFromFile(base64(file))).toThrow(expect.objectContaining({ code: "EMPTY_KEY" }));
});

test("the key files cover both outcomes", () => {
  expect(new Set(rows.map((row) => row.rc))).toEqual(new Set([0, 1]));
});

test.for(["", "\n", "  \n", "\t\r\n", "\nsecond", "\0secret"])("key file %j is empty", (content) => {
  expect(() => keyFromFile(Buffer.from(content))).toThrow(expect.objectContaining({ code: "EMPTY_KEY" }));
});

test("blanks at the end of the first 32 bytes are removed, and the result is a copy", () => {
  const content = Buffer.from(`${"k".repeat(30)}  more`);
  const key = keyFromFile(content);
  content.fill(0);
  expect(key.toString()).toBe("k".repeat(30));
});

test.for([
  ["secret", `736563726574${"00".repeat(26)}`],
  ["", "00".repeat(32)],
  ["ab\0cd", `6162${"00".repeat(30)}`],
  [`${"x".repeat(31)}\u00fc`, `${"78".repeat(31)}c3`],
  ["y".repeat(40), "79".repeat(32)],
])("the key of %j", ([password, hex]) => {
  expect(keyBytes(Buffer.from(password as string)).toString("hex")).toBe(hex);
});

test("a key has 32 bytes for any password", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (password) => {
      expect(keyBytes(Buffer.from(password))).toHaveLength(32);
    }),
  );
});
