import fc from "fast-check";
import { expect, test } from "vitest";
import { LineSplitter } from "../src/line-splitter.ts";

function split(chunks: readonly Uint8Array[], maxLineBytes = 1_000_000): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter(maxLineBytes, {
    onLine: (line, number) => lines.push(`${number}:${line.toString("latin1")}`),
    onTooLong: (number) => lines.push(`${number} too long`),
  });
  for (const chunk of chunks) splitter.push(Buffer.from(chunk));
  splitter.end();
  return lines;
}

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

test.for<[string, string[]]>([
  ["", []],
  ["a", ["1:a"]],
  ["a\n", ["1:a"]],
  ["a\nb", ["1:a", "2:b"]],
  ["\n\n", ["1:", "2:"]],
  ["a\r\n\nb\n", ["1:a\r", "2:", "3:b"]],
])("%j, cut anywhere", ([text, lines]) => {
  for (let at = 0; at <= text.length; at++)
    expect(split([bytes(text.slice(0, at)), bytes(text.slice(at))])).toEqual(lines);
});

test("any lines are returned unchanged with any chunking", () => {
  const line = fc.string().map((text) => Buffer.from(text.replaceAll("\n", " ")).toString("latin1"));
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat(20)), (lines, sizes) => {
      let rest = bytes(lines.map((one) => `${one}\n`).join(""));
      const chunks = sizes.map((size) => {
        const chunk = rest.subarray(0, size);
        rest = rest.subarray(size);
        return chunk;
      });
      expect(split([...chunks, rest])).toEqual(lines.map((one, at) => `${at + 1}:${one}`));
    }),
  );
});

test.for<[string, string[][]]>([
  ["in one piece", [["12345\n", "123456\n", "1\n"]]],
  ["in pieces", [["12345\n12", "34", "56", "7\n1", "\n"]]],
  ["byte by byte", [[..."12345\n123456\n1\n"]]],
])("a line over the limit is left out, %s", ([, [chunks = []]]) => {
  expect(split(chunks.map(bytes), 5)).toEqual(["1:12345", "2 too long", "3:1"]);
});

test("an endless line is not retained", () => {
  const piece = Buffer.alloc(100, "x");
  const chunks = Array.from({ length: 1000 }, () => piece);
  expect(split([...chunks, bytes("\nb\n")], 5000)).toEqual(["1 too long", "2:b"]);
  expect(split(chunks, 5000)).toEqual(["1 too long"]);
});
