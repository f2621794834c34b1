import { describe, expect, test } from "vitest";
import { parseFlags } from "../src/flags.ts";

const FLAGS = { name: "text", count: "integer", on: "switch" } as const;
const parse = (line: string) => {
  const { values, rest } = parseFlags(
    line
      .split(" ")
      .filter(Boolean)
      .map((word) => Buffer.from(word)),
    FLAGS,
    { n: "name" },
  );
  return { ...Object.fromEntries(values), rest: rest.map(String) };
};

test.for<[line: string, parsed: object]>([
  ["", { rest: [] }],
  ["-name a --count 3 -on b -name c", { name: "a", count: "3", on: "true", rest: ["b", "-name", "c"] }],
  ["--name=a=b -n c", { name: "c", rest: [] }],
  ["-name= x", { name: "", rest: ["x"] }],
  ["-name -on", { name: "-on", rest: [] }],
  ["-count=-007", { count: "-7", rest: [] }],
  ["-on=F -on=TRUE", { on: "true", rest: [] }],
  ["-on -- -name", { on: "true", rest: ["-name"] }],
  ["- -on", { rest: ["-", "-on"] }],
])("%s", ([line, parsed]) => expect(parse(line)).toEqual(parsed));

describe("refuses", () => {
  test.for<[line: string, code: string, message: string]>([
    ["-x", "UNKNOWN_FLAG", "flag provided but not defined: -x"],
    ["--constructor", "UNKNOWN_FLAG", "flag provided but not defined: -constructor"],
    ["---on", "UNKNOWN_FLAG", "bad flag syntax: ---on"],
    ["-=x", "UNKNOWN_FLAG", "bad flag syntax: -=x"],
    ["-name", "MISSING_VALUE", "flag needs an argument: -name"],
    ["-count x", "INVALID_VALUE", 'invalid value "x" for flag -count: parse error'],
    ["-count 1e3", "INVALID_VALUE", 'invalid value "1e3" for flag -count: parse error'],
    ["-on=maybe", "INVALID_VALUE", 'invalid boolean value "maybe" for flag -on: parse error'],
    ["-h", "HELP", "help requested"],
  ])("%s", ([line, code, message]) => {
    expect(() => parse(line)).toThrow(expect.objectContaining({ code, message }));
  });
});
