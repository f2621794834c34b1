import { expect, test } from "vitest";
import { MultiInput } from "../src/multi-input.ts";

function read(...chunks: string[]) {
  const blocks: string[] = [];
  const input = new MultiInput((block) => blocks.push(block.toString()));
  for (const chunk of chunks) input.push(Buffer.from(chunk));
  return { input, blocks };
}

test("a short input is processed at its end", () => {
  const { input, blocks } = read("<CHILD>a</CHILD>");
  expect(blocks).toEqual([]);
  input.end();
  expect(blocks).toEqual(["a"]);
});

test("all complete blocks of a long input are processed at once", () => {
  const { blocks } = read("<CHILD>a</CHILD>", "x".repeat(65_536));
  expect(blocks).toEqual(["a"]);
});

test.for([
  ["", undefined],
  ["check_multi: no such file\n", "check_multi: no such file\n"],
  ["Fehler: ungültig\n", undefined],
  ["text\0behind NUL", "text"],
  ["\ufeffcheck_multi: no such file\n", "check_multi: no such file\n"],
  ["text <CHILD>a</CHILD>", undefined],
  ["<CHILD>no end", undefined],
])("the message in %j is %j", ([text, message]) => {
  const { input } = read(text as string);
  input.end();
  expect(input.message?.toString()).toBe(message);
});

test("a long message is cut; one non-ASCII byte after the cut disqualifies it", () => {
  const { input } = read("x".repeat(60_000), "y".repeat(60_000));
  input.end();
  expect(input.message?.length).toBe(65_535);
  const other = read("x".repeat(100_000), "ä");
  other.input.end();
  expect(other.input.message).toBeUndefined();
});

test("blocks without end are counted", () => {
  const { input } = read("<CHILD>a</CHILD><CHILD>b");
  input.end();
  expect(input.unclosed).toBe(1);
});
