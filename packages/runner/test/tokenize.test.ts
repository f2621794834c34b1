import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tokenize } from "../src/index.ts";

const plan = (line: string) => {
  const result = tokenize(Buffer.from(line));
  if (result.kind === "shell") return "shell";
  const env = result.env.map(([name, value]) => `${name}=${value}`);
  return { env, argv: result.argv.map((word) => word.toString()) };
};
const direct = (argv: string[], env: string[] = []) => ({ env, argv });

describe("separators and quotes", () => {
  test.for<[string, ReturnType<typeof plan>]>([
    ["a b", direct(["a", "b"])],
    [" \t a\tb \r\n c ", direct(["a", "b", "c"])],
    [`a ""`, direct(["a", ""])],
    ["a ''", direct(["a", ""])],
    [`a "b c"'d e'f`, direct(["a", "b cd ef"])],
    [`a '$\`"\\;|'`, direct(["a", '$`"\\;|'])],
    [`a "x;|&<>*?()[]{}~!'"`, direct(["a", "x;|&<>*?()[]{}~!'"])],
    [`a "\\"\\\\"`, direct(["a", '"\\'])],
    [String.raw`test.sh "\t\n"`, direct(["test.sh", String.raw`\t\n`])],
    ["a % ^ = @ x#y", direct(["a", "%", "^", "=", "@", "x#y"])],
    [String.raw`a b\ c \" \' \x`, direct(["a", "b c", '"', "'", "x"])],
    ["./test a -P 'm1|m2'", direct(["./test", "a", "-P", "m1|m2"])],
    [
      `echo a '''b''' '' """c""" ''d'' ee""ee f' 'f '" "' "' ''"`,
      direct(["echo", "a", "b", "", "c", "d", "eeee", "f f", '" "', "' ''"]),
    ],
  ])("%s", ([line, expected]) => expect(plan(line)).toEqual(expected));
});

describe("needs a shell", () => {
  test.for([..."$`!&*()~[]|{};<>?"].flatMap((character) => [`a x${character}y`, `a x\\${character}y`]))(
    "%s",
    (line) => expect(plan(line)).toBe("shell"),
  );
  test.for([
    ["escaped backslash", String.raw`a \\b`],
    ["dollar in double quotes", 'a "$b"'],
    ["backtick in double quotes", 'a "`b`"'],
    ["escaped dollar in double quotes", String.raw`a "\$b"`],
    ["unbalanced single quote", "a 'b"],
    ["unbalanced double quote", 'a "b'],
    ["backslash at the end", "a b\\"],
    ["escaped line feed", "a b\\\nc"],
    ["escaped line feed in double quotes", 'a "b\\\nc"'],
    ["shell example of the specification", "trap 'echo Booh!' INT TERM; sleep 2"],
    ["trailing semicolon", "./test a -P 'm1|m2';"],
  ])("%s", ([, line]) => expect(plan(line ?? "")).toBe("shell"));
});

describe("assignments", () => {
  test.for<[string, ReturnType<typeof plan>]>([
    [
      "ENV1='var space' ./bin/command \"args 123\"",
      direct(["./bin/command", "args 123"], ["ENV1=var space"]),
    ],
    ["A=1 B= _c9=x=y cmd D=2", direct(["cmd", "D=2"], ["A=1", "B=", "_c9=x=y"])],
    ["9A=1 cmd", direct(["9A=1", "cmd"])],
    ["a-b=1 cmd", direct(["a-b=1", "cmd"])],
    ["'A'=1 cmd", direct(["A=1", "cmd"])],
    ["A'='1 cmd", direct(["A=1", "cmd"])],
    [String.raw`\A=1 cmd`, direct(["A=1", "cmd"])],
    ["/x/a=b c", direct(["/x/a=b", "c"])],
    ["PATH=/x:/bin check_mine", "shell"],
    ["A=1 PATH='/x y' B=2 check_mine a", "shell"],
    ["PATH=/x ./check_mine", direct(["./check_mine"], ["PATH=/x"])],
    ["PATH=/x /y/check_mine", direct(["/y/check_mine"], ["PATH=/x"])],
    ["XPATH=/x PATHS=/y check_mine", direct(["check_mine"], ["XPATH=/x", "PATHS=/y"])],
  ])("%s", ([line, expected]) => expect(plan(line)).toEqual(expected));
});

describe("defects of the upstream tokeniser", () => {
  test("a backslash in single quotes does not escape the quote", () =>
    expect(plan(String.raw`a 'C:\' 'D:\'`)).toEqual(direct(["a", "C:\\", "D:\\"])));
  test("a backslash as last character of open double quotes", () => expect(plan('a "b\\')).toBe("shell"));
  test("only assignments", () => expect(plan("A=B")).toBe("shell"));
  test.for(["", "   ", '""', "'' x"])("no program name: <%s>", (line) => expect(plan(line)).toBe("shell"));
  test("a word that starts with #", () => expect(plan("echo a #b")).toBe("shell"));
  test.for(["exit 2", "ulimit -n", ": x", "A=1 exit 2", "if true"])("shell word: %s", (line) =>
    expect(plan(line)).toBe("shell"),
  );
});

test("bytes that are not UTF-8 stay as they are", () => {
  const result = tokenize(Buffer.from("a '\xff\xc3\xa4' \xe4", "latin1"));
  expect(result).toEqual({
    kind: "exec",
    env: [],
    argv: [Buffer.from("a"), Buffer.from("ff c3 a4".replaceAll(" ", ""), "hex"), Buffer.from([0xe4])],
  });
});

// Line feed and carriage return are excluded: they end a command in a shell and separate words here.
const piece = fc.constantFrom(
  ..."ab1 =%^@#.,:/-_+\t".split(""),
  "\\ ",
  "\\'",
  '\\"',
  "\\a",
  "'",
  '"',
  "''",
  '""',
  "'x y'",
  '"x y"',
  '"\\"',
  '"\\n"',
  "'\\'",
  "'$(;'",
  '";|"',
  "ä",
  "\\",
);

test("direct execution passes the arguments a shell would pass", () => {
  const lines = fc.sample(
    fc.array(piece, { minLength: 1, maxLength: 12 }).map((pieces) => pieces.join("")),
    400,
  );
  const direct = lines.flatMap((line) => {
    const result = tokenize(Buffer.from(`printf ${line}`));
    return result.kind === "exec"
      ? [{ line, argv: result.argv.slice(1).map((word) => word.toString()) }]
      : [];
  });
  expect(direct.length).toBeGreaterThan(50);
  // one shell for all lines: each prints its arguments separated by NUL, then an end mark
  const script = direct.map(({ line }) => `show ${line}`).join("\n");
  const shown = execFileSync("/bin/sh", [
    "-c",
    `show() { printf '%s\\0' "$@" end-of-line; }\n${script}`,
  ]).toString();
  const seen = shown.split("end-of-line\0").map((part) => part.split("\0").slice(0, -1));
  for (const [index, { line, argv }] of direct.entries()) {
    expect({ line, argv: seen[index] }).toEqual({ line, argv });
  }
});

describe("any bytes", () => {
  const byte = fc.integer({ min: 1, max: 255 });
  const token = fc.uint8Array({ min: 1, max: 255, maxLength: 8 }).map((bytes) => Buffer.from(bytes));
  // common quoting: single quotes, double quotes where they have no other meaning, or none
  const quoted = (bytes: Buffer, style: number) => {
    const text = bytes.toString("latin1");
    if (style === 0 && /^[A-Za-z0-9_./,:@%^+-]+$/.test(text)) return text;
    if (style === 1 && !/[$`]/.test(text) && !text.includes("\\")) return `"${text.replaceAll('"', '\\"')}"`;
    return `'${text.replaceAll("'", "'\\''")}'`;
  };
  const words = fc.array(fc.tuple(token, fc.integer({ min: 0, max: 2 })), { minLength: 1, maxLength: 6 });

  test("quoted arguments are parsed back, as a shell does", () => {
    const cases = fc.sample(words, 300).map((given) => {
      const line = given.map(([bytes, style]) => quoted(bytes, style)).join(" ");
      return { given: given.map(([bytes]) => bytes), line: Buffer.from(line, "latin1") };
    });
    for (const { given, line } of cases) {
      const result = tokenize(Buffer.concat([Buffer.from("show "), line]));
      expect(result).toMatchObject({ kind: "exec", env: [] });
      expect(result.kind === "exec" && result.argv.slice(1)).toEqual(given);
    }
    const script = Buffer.concat([
      Buffer.from(`show() { printf '%s\\0' "$@"; printf '\\0\\0'; }\n`),
      ...cases.flatMap(({ line }) => [Buffer.from("show "), line, Buffer.from("\n")]),
    ]);
    const shown = execFileSync("/bin/sh", ["-s"], { input: script, env: { ...process.env, LC_ALL: "C" } });
    const expected = cases.flatMap(({ given }) => [
      ...given.flatMap((bytes) => [bytes, Buffer.from([0])]),
      Buffer.from([0, 0]),
    ]);
    expect(shown.equals(Buffer.concat(expected))).toBe(true);
  });

  test("never throws, and adds no bytes", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(byte, fc.constantFrom(...Buffer.from("'\"\\ =A\t"))), { maxLength: 30 }),
        (bytes) => {
          const line = Buffer.from(bytes);
          const result = tokenize(line);
          if (result.kind === "shell") return;
          expect(result.argv.length).toBeGreaterThan(0);
          const kept = [...result.env.flat(), ...result.argv].reduce((sum, word) => sum + word.length, 0);
          expect(kept).toBeLessThanOrEqual(line.length);
        },
      ),
    );
  });
});
