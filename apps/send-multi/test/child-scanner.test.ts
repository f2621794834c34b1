import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ChildScanner } from "../src/child-scanner.ts";

function scan(chunks: readonly Buffer[], maxBlockBytes = 1000) {
  const found: string[] = [];
  const scanner = new ChildScanner(maxBlockBytes, {
    onChild: (block) => found.push(block.toString("latin1")),
    onUnclosed: () => found.push("(unclosed)"),
  });
  for (const chunk of chunks) scanner.push(chunk);
  scanner.end();
  return { found, any: scanner.found };
}

const table: [string, string[]][] = [
  ["", []],
  ["no child at all", []],
  ["<CHILD>a</CHILD>", ["a"]],
  ["x<CHILD>a</CHILD>y<CHILD></CHILD>z", ["a", ""]],
  ["<CHILD><CHILD>a</CHILD></CHILD>", ["<CHILD>a"]],
  ["<CHIL<CHILD>a</CHIL</CHILD>", ["a</CHIL"]],
  ["<child>a</child><CHILD >a</CHILD>", []],
  ["<CHILD>a</CHILD><CHILD>b", ["a", "(unclosed)"]],
  ["</CHILD><CHILD>", ["(unclosed)"]],
];

describe.for(table)("%j", ([input, found]) => {
  test("cut anywhere", () => {
    const bytes = Buffer.from(input);
    for (let at = 0; at <= bytes.length; at++)
      expect(scan([bytes.subarray(0, at), bytes.subarray(at)]).found).toEqual(found);
  });

  test("byte by byte", () => {
    expect(scan([...Buffer.from(input)].map((byte) => Buffer.of(byte))).found).toEqual(found);
  });
});

test("any blocks are found with any chunking", () => {
  const part = fc.string({ unit: fc.constantFrom("<", ">", "/", "C", "CHILD", "a", "\n") });
  const block = part.filter((text) => !text.includes("</CHILD>"));
  fc.assert(
    fc.property(fc.array(block), fc.array(fc.nat(40)), (blocks, sizes) => {
      let rest = Buffer.from(blocks.map((one) => `<CHILD>${one}</CHILD>`).join(""));
      const chunks = sizes.map((size) => {
        const chunk = rest.subarray(0, size);
        rest = rest.subarray(size);
        return chunk;
      });
      expect(scan([...chunks, rest], 10_000).found).toEqual(blocks);
    }),
  );
});

describe("a block above the limit", () => {
  const long = `<CHILD>${"x".repeat(21)}</CHILD>`;

  test("counts as unclosed, and the next one is found", () => {
    expect(scan([Buffer.from(`${long}<CHILD>b</CHILD>`)], 20).found).toEqual(["(unclosed)", "b"]);
  });

  test("is not retained until its end", () => {
    const pieces = Array.from({ length: 1000 }, () => Buffer.alloc(10, "x"));
    const all = [Buffer.from("<CHILD>"), ...pieces, Buffer.from("</CHILD><CHILD>b</CHILD>")];
    expect(scan(all, 20).found).toEqual(["(unclosed)", "b"]);
  });

  test("of exactly the limit is accepted", () => {
    expect(scan([Buffer.from("<CHILD>12345678901234567890</CHILD>")], 20).found).toEqual([
      "12345678901234567890",
    ]);
  });
});
