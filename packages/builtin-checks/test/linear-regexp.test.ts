import { describe, expect, test } from "vitest";
import { LinearRegExp } from "../src/linear-regexp.ts";

const replace = async (pattern: string, text: string, template: string, steps = 10_000_000) => {
  const compiled = await LinearRegExp.compile(pattern);
  return compiled.replaceAll(text, compiled.parseTemplate(template), { steps });
};

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
])("%s on %j with %s", async ([pattern, text, template, result]) => {
  expect(await replace(pattern, text, template)).toBe(result);
});

// messages as Go prints them
test.for<[pattern: string, reason: string]>([
  ["(", "missing closing ): `(`"],
  [")", "unexpected ): `)`"],
  ["a**", "invalid nested repetition operator: `**`"],
  ["*", "missing argument to repetition operator: `*`"],
  ["(?=a)", "invalid or unsupported Perl syntax: `(?=`"],
  ["(?<=a)b", "invalid named capture: `(?<=a)b`"],
  ["\\1", "invalid escape sequence: `\\1`"],
  ["\\", "trailing backslash at end of expression"],
  ["[z-a]", "invalid character class range: `z-a`"],
  ["[a", "missing closing ]: `[a`"],
  ["x{1001}", "invalid repeat count: `{1001}`"],
  ["x{3,2}", "invalid repeat count: `{3,2}`"],
  ["[[:no:]]", "invalid character class range: `[:no:]`"],
  ["\\p{No_such}", "invalid character class range: `\\p{No_such}`"],
  ["(?P<n>a)(?P<n>b)", "duplicate capture group name: `n`"],
  ["(?z)", "invalid or unsupported Perl syntax: `(?z`"],
  ["\\C", "invalid escape sequence: `\\C`"],
])("refuses %s", async ([pattern, reason]) => {
  await expect(LinearRegExp.compile(pattern)).rejects.toMatchObject({
    code: "BAD_PATTERN",
    message: `error parsing regexp: ${reason}`,
  });
});

describe("work is bounded", () => {
  test.for([
    ["nested repeats", "(((a{100}){100}){100})"],
    ["nested repeats of nothing", "(?:(?:(?:(?:){1000}){1000}){1000}){1000}"],
    ["a long text repeated", `(?:${"x".repeat(90)}){1000}`],
    ["many groups repeated", "((x{30}){33}){1}".repeat(100)],
    ["many classes of Unicode", `(?i)${"\\pL".repeat(600)}`],
    ["a long pattern", "a".repeat(2001)],
  ])("%s: refused before it is compiled", async ([, pattern = ""]) => {
    await expect(LinearRegExp.compile(pattern)).rejects.toMatchObject({
      code: "BAD_PATTERN",
      message: "error parsing regexp: expression too large",
    });
  });

  test.for([
    ["an address", "(\\d{1,3}\\.){3}\\d{1,3}", "10.20.30.40"],
    ["a UUID", "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "c56a4180-65aa-42ec-a945-5fd21dec0538"],
    ["a class of Unicode repeated", "\\pL{1,90}", "näüm"],
  ])("%s is not refused", async ([, pattern = "", text = ""]) => {
    expect(await replace(pattern, text, "<$0>")).toBe(`<${text}>`);
  });

  test.for([
    ["(x+x+)+y", "x".repeat(300)],
    ["(a|aa)+$", `${"a".repeat(300)}b`],
    ["(.*)*(.*)*(.*)*z", "y".repeat(300)],
    ["(x?){100}x{100}", "x".repeat(300)],
  ])("%s, on which a backtracking engine does not end", async ([pattern = "", text = ""]) => {
    expect(await replace(pattern, text, "", 3_000_000)).toBe(pattern.endsWith("}") ? "" : text);
  });

  test("an exhausted budget ends it", async () => {
    const tooMuch = { code: "TOO_EXPENSIVE" };
    await expect(replace("(x+x+)+y", "x".repeat(5000), "", 10_000)).rejects.toMatchObject(tooMuch);
    // each search may examine the whole rest of the text
    await expect(replace("(x.*y)|x", "x".repeat(5000), "", 1_000_000)).rejects.toMatchObject(tooMuch);
  });

  test("a growing replacement counts too", async () => {
    const tooMuch = { code: "TOO_EXPENSIVE" };
    await expect(replace(".", "x".repeat(500), "y".repeat(50_000))).rejects.toMatchObject(tooMuch);
  });
});
