import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseListLine } from "../src/list-line.ts";

interface Parsed {
  host: string;
  service?: string;
  code: number;
  output: string;
}

function parse(line: string, delimiter = "\t"): Parsed | string {
  const parsed = parseListLine(Buffer.from(line), Buffer.from(delimiter));
  if (typeof parsed === "string") return parsed;
  const { host, service, returnCode, output } = parsed;
  return {
    host: host.toString(),
    ...(service === undefined ? {} : { service: service.toString() }),
    code: returnCode,
    output: output.toString(),
  };
}

const host = (code: number, output: string): Parsed => ({ host: "h", code, output });
const service = (name: string, code: number, output: string): Parsed => ({
  host: "h",
  service: name,
  code,
  output,
});

// → represents a tab, as in tools.md 5.2
test.for<[string, Parsed | string]>([
  ["h→s→0→text", service("s", 0, "text")],
  ["h→1→text", host(1, "text")],
  ["h→s→0→a→b", service("s", 0, "a→b")],
  ["h→0→a→b", host(0, "a→b")],
  ["h→s→0→", service("s", 0, "")],
  ["h→→0→text", host(0, "text")],
  ["h→→0→5→x", host(0, "5→x")],
  ["h→→→0→text", host(0, "text")],
  ["→h→0→text", "no host"],
  ["h→s→7→text", service("s", 7, "text")],
  ["h→s→-1→text", service("s", -1, "text")],
  ["h→s→+2→text", service("s", 2, "text")],
  ["h→s→ 2 →text", service("s", 2, "text")],
  ["h→s→2x→text", "the return code is no number"],
  ["h→s→abc→text", "the return code is no number"],
  ["h→s→→text", "the return code is no number"],
  ["h→s→0", "the return code is no number"],
  ["h→s→-→text", "the return code is no number"],
  ["h→s→2147483647→text", service("s", 2_147_483_647, "text")],
  ["h→s→2147483648→text", "the return code is out of range"],
  ["h→s→-2147483648→text", service("s", -2_147_483_648, "text")],
  ["h→s→-2147483649→text", "the return code is out of range"],
  ["h→9999999999→text", "the return code is out of range"],
  ["h→1→0→text", service("1", 0, "text")],
  ["h→0→5", host(0, "5")],
  ["h→0→", host(0, "")],
  ["h→0", "fewer than three fields"],
  ["h→s", "fewer than three fields"],
  ["h→→0", "fewer than three fields"],
  ["h→→", "fewer than three fields"],
  ["h→", "fewer than three fields"],
  ["garbage line", "fewer than three fields"],
  ["h→→s→0→text", service("s", 0, "text")],
  ["h→s→→0→text", service("s", 0, "text")],
  ["h→0→→text", host(0, "text")],
  ["h→s→0→→text", service("s", 0, "→text")],
  ["h→s→0→text\r", service("s", 0, "text")],
  ["h→s→0→text\r\r", service("s", 0, "text\r")],
  ["h→s→0→\r", service("s", 0, "")],
  ["h→s→0→  spaces ", service("s", 0, "  spaces ")],
  ["h→s→0→multi\\nline \\\\", service("s", 0, "multi\\nline \\\\")],
  ["h→s→0→a|b=1", service("s", 0, "a|b=1")],
  ["", "blank line"],
  ["\r", "blank line"],
  [" → ", "blank line"],
])("%s", ([line, expected]) => {
  const tabbed = (text: string): string => text.replaceAll("→", "\t");
  expect(parse(tabbed(line))).toEqual(JSON.parse(tabbed(JSON.stringify(expected)).replaceAll("\t", "\\t")));
});

describe("other delimiters", () => {
  test.for<[string, string, Parsed | string]>([
    [";", "h;s;0;semi;colon", service("s", 0, "semi;colon")],
    [";", "h;1;host only", host(1, "host only")],
    ["::", "h::s:x::0::multi :: char", service("s:x", 0, "multi :: char")],
    ["::", "h::1::text", host(1, "text")],
    ["::", "h::s::0::", service("s", 0, "")],
    ["::", "h::::0::text", host(0, "text")],
    ["::", "h:s:0:text", "fewer than three fields"],
    [";,", "h;s,0;text", "fewer than three fields"],
    ["ä", "häsä0ätext", service("s", 0, "text")],
  ])("%s: %s", ([delimiter, line, expected]) => {
    expect(parse(line, delimiter)).toEqual(expected);
  });

  test("a delimiter that would include the CR at the end is not one", () => {
    expect(parse("h;s;0;text;\r", ";\r")).toBe("fewer than three fields");
  });
});

test("any values without the delimiter in their names are returned unchanged", () => {
  const name = fc
    .string({ minLength: 1 })
    .filter((text) => !/[\t\r\n]/.test(text) && !/^[+-]?\d+$/.test(text.trim()) && text.trim() !== "");
  const output = fc.string().filter((text) => !/[\r\n]/.test(text));
  fc.assert(
    fc.property(name, name, fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), output, (h, s, code, text) => {
      expect(parse(`${h}\t${s}\t${code}\t${text}`)).toEqual({ host: h, service: s, code, output: text });
    }),
  );
});

test("any bytes are either a result or a problem", () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.constantFrom("\t", ";", "::"), (line, delimiter) => {
      const parsed = parseListLine(Buffer.from(line), Buffer.from(delimiter));
      if (typeof parsed !== "string") expect(parsed.host.length).toBeGreaterThan(0);
    }),
  );
});
