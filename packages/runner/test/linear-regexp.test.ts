import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LinearRegExp } from "../src/internal/linear-regexp.ts";

const replace = (pattern: string, text: string, template: string, steps = 1_000_000) =>
  new LinearRegExp(pattern).replaceAll(text, template, { steps });

// recorded with Go's regexp.ReplaceAllString
test.for<[pattern: string, text: string, template: string, result: string]>([
  ['.*job="(.*?)".*', '{a="b", job="näüm"}', "$1", "näüm"],
  [".*", "abc", "x", "x"],
  ["", "abc", "-", "-a-b-c-"],
  ["a*", "baac", "x", "xbxcx"],
  ["(?i)JOB", "a job", "$0!", "a job!"],
  ["(?P<n>j)ob", "job", "$\u007bn}X$n", "jXj"],
  ["(?<m>x)", "x", "$m", "x"],
  ["(a|ab)(c|bcd)(d*)", "abcd", "[$1][$2][$3]", "[a][bcd][]"],
  ["(a|b)*?c", "abac", "$1", "a"],
  ["(a+)(b+)?", "aab aa", "$2-$1", "b-aa -aa"],
  ["(|a)+", "aaa", "<$0>", "<>a<>a<>a<>"],
  ["(b)?a", "ca", "[$1]", "c[]"],
  ["\\bup\\b", "up_ up", "U", "up_ U"],
  ["\\B", "ab c", "|", "a|b c"],
  ["[^a-z]+", 'a="b"', "_", "a_b_"],
  ["[[:alpha:]]+", "ab1", "A", "A1"],
  ["[[:^alpha:]]", "a1", "n", "an"],
  ["[\\D]", "a1", "n", "n1"],
  ["\\pL+", "ä1é", "L", "L1L"],
  ["\\p{Greek}", "αb", "g", "gb"],
  ["[^\\pL]", "5a", ".", ".a"],
  ["\\PL", "5a", "n", "na"],
  ["x{2,3}", "xxxxx", "y", "yy"],
  ["x{2,3}?", "xxxxx", "y", "yyx"],
  ["x{,3}", "x{,3}", "z", "z"],
  ["^a|b$", "aab", "X", "XaX"],
  ["(?m)^", "a\nb\n", "> ", "> a\n> b\n> "],
  ["(?s)a.b", "a\nb", "M", "M"],
  ["a.b", "a\nb", "M", "a\nb"],
  ["(?U)a+", "aaa", "u", "uuu"],
  ["(?i:A)b", "ab aB", "k", "k aB"],
  ["\\Qa.b\\E", "a.b axb", "lit", "lit axb"],
  ["[\\]a-]", "]a-b", "c", "cccb"],
  ["[]a]", "]a", "c", "cc"],
  ["\\x41\\x{42}\\103", "ABC", "h", "h"],
  ["\\s+", " \t\v\n x", "_", "_\v_x"],
  ["\\W", "aé_", "-", "a-_"],
  ["$", "abc", "end", "abcend"],
  ["q", "q", "$1$$ $x $\u007b0}a $0a $\u007b0}", "$  qa  q"],
])("%s on %j with %s", ([pattern, text, template, result]) => {
  expect(replace(pattern, text, template)).toBe(result);
});

test.for(
  [
    "(",
    ")",
    "a**",
    "*",
    "(?=a)",
    "(?<=a)b",
    "\\1",
    "\\",
    "[z-a]",
    "[a",
    "x{1001}",
    "x{3,2}",
    "[[:no:]]",
    "\\p{No_such}",
    "(?P<n>a)(?P<n>b)",
    "(?z)",
    "\\C",
    "(((a{100}){100}){100})",
    "(?:(?:(?:(?:){1000}){1000}){1000}){1000}",
    "(".repeat(200) + ")".repeat(200),
    "a".repeat(2001),
  ].filter((pattern) => pattern !== "\\p{L}{"),
)("refuses %s", (pattern) => {
  expect(() => new LinearRegExp(pattern)).toThrow(expect.objectContaining({ code: "BAD_PATTERN" }));
});

describe("work is bounded", () => {
  test.for([
    ["(x+x+)+y", "x".repeat(300)],
    ["(a|aa)+$", `${"a".repeat(300)}b`],
    ["(.*)*(.*)*(.*)*z", "y".repeat(300)],
    ["(x?){100}x{100}", "x".repeat(300)],
  ])("%s, which takes others for ever", ([pattern = "", text = ""]) => {
    expect(replace(pattern, text, "", 3_000_000)).toBe(pattern.endsWith("}") ? "" : text);
  });

  test("a budget that is used up ends it", () => {
    const tooMuch = expect.objectContaining({ code: "TOO_EXPENSIVE" });
    expect(() => replace("(x+x+)+y", "x".repeat(5000), "", 10_000)).toThrow(tooMuch);
  });

  test("a template that grows counts too", () => {
    const tooMuch = expect.objectContaining({ code: "TOO_EXPENSIVE" });
    expect(() => replace(".", "x".repeat(5000), "y".repeat(5000))).toThrow(tooMuch);
  });
});

// Repeats of what can be empty are left out: there the two languages differ.
const piece = fc.constantFrom(..."a b . a* b+? (ab|a) (?:b|c)+ [ab] [^a] c? a{1,2} \\b |".split(" "));
test("the first match is the one of RegExp", () => {
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join("")),
      fc.string({ unit: fc.constantFrom("a", "b", "c", " "), maxLength: 12 }),
      (pattern, text) => {
        const whole = `(?s)^(?<before>.*?)(?<hit>${pattern})(?<after>.*)$`;
        const found = new RegExp(pattern, "u").exec(text);
        const at = found?.index ?? 0;
        const hit = found?.[0] ?? "";
        const expected = found === null ? text : `${text.slice(0, at)}<${hit}>${text.slice(at + hit.length)}`;
        expect(replace(whole, text, "$\u007bbefore}<$\u007bhit}>$\u007bafter}")).toBe(expected);
      },
    ),
    { numRuns: 1000 },
  );
});
