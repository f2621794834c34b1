import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { asLineValue, upToNul } from "../src/escape.ts";
import { escapeNewlines, unescapeNewlines } from "../src/index.ts";
import { base64, latin1, loadVectors } from "./vectors.ts";

interface EscapeRow {
  readonly input: string;
  readonly newlineEscaped: string;
}

const rows = loadVectors<{ cases: EscapeRow[] }>("escape").cases;

test.for(rows)("$input as the C suite, except that backslashes are not doubled", (row) => {
  const upstream = base64(row.newlineEscaped).toString("latin1").replaceAll("\\\\", "\\");
  expect(escapeNewlines(base64(row.input)).toString("latin1")).toBe(upstream);
});

test.for([
  ["a\\nb", "a\nb"],
  ["\\n", "\n"],
  ["\\n\\n", "\n\n"],
  ["C:\\\\new", "C:\\\new"],
  ["\\\\server\\share", "\\\\server\\share"],
  ["tab\\t stays \\", "tab\\t stays \\"],
  ["", ""],
] as const)("%j unescapes to %j", ([text, plain]) => {
  expect(unescapeNewlines(latin1(text)).toString("latin1")).toBe(plain);
});

test("ten thousand line feeds are found in one pass", () => {
  const search = vi.spyOn(Buffer.prototype, "indexOf");
  const escaped = escapeNewlines(Buffer.alloc(10_000, 0x0a));
  expect(unescapeNewlines(escaped).equals(Buffer.alloc(10_000, 0x0a))).toBe(true);
  expect(asLineValue(Buffer.alloc(10_000))).toHaveLength(0);
  expect(search.mock.calls.length).toBeLessThan(10);
  search.mockRestore();
});

const bytes = fc
  .array(fc.constantFrom(0x0a, 0x5c, 0x6e, 0x61, 0xfc), { maxLength: 30 })
  .map((array) => Buffer.from(array));

test("escaped text has no LF, and unescaping restores text that had no `\\n` pair", () => {
  fc.assert(
    fc.property(bytes, (text) => {
      const escaped = escapeNewlines(text);
      expect(escaped.includes(0x0a)).toBe(false);
      if (!text.includes("\\n")) expect(unescapeNewlines(escaped)).toEqual(text);
      expect(unescapeNewlines(text).toString("latin1")).toBe(text.toString("latin1").replaceAll("\\n", "\n"));
    }),
    { numRuns: 1000 },
  );
});

test("text without special characters is returned itself", () => {
  const text = latin1("nothing \\ here");
  expect(escapeNewlines(text)).toBe(text);
  expect(unescapeNewlines(text)).toBe(text);
  expect(asLineValue(text)).toBe(text);
  expect(upToNul(text)).toBe(text);
});

test("a line value loses its NULs, a text ends at the first", () => {
  expect(asLineValue(latin1("a\0b\nc\0")).toString("latin1")).toBe("ab\\nc");
  expect(upToNul(latin1("a\0b\0")).toString("latin1")).toBe("a");
});
