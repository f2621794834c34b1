import { constants } from "node:os";
import { describe, expect, test } from "vitest";
import { assess } from "../src/assess.ts";
import type { EpnOrder } from "../src/epn.ts";
import { type ReplyLine, ReplyReader } from "../src/reply.ts";
import { printRequest } from "../src/request-line.ts";

const latin1 = (text: string) => Buffer.from(text, "latin1");
const order = (more: Partial<EpnOrder> = {}): EpnOrder => ({
  file: { path: latin1("/x/check"), version: "v" },
  args: [],
  env: [],
  timeoutMs: 10_500,
  maxOutputBytes: 1000,
  ...more,
});

describe("a request", () => {
  test("is canonical JSON with one character per byte, ASCII only", () => {
    const bytes = latin1('a "b" \\ \n \x7f\x80\xff');
    const env = [
      [latin1("B"), latin1("1")],
      [latin1("A"), latin1("2")],
      [latin1("B"), latin1("\xe4")],
    ] as const;
    expect(printRequest(order({ args: [bytes], env }))).toBe(
      '{"args":["a \\"b\\" \\\\ \\n \\u007f\\u0080\\u00ff"],"bin":"/x/check","clean":false,' +
        '"env":{"A":"2","B":"\\u00e4"},"keep":true,"maxOutput":1000,"protocol":2,"timeout":10.5}\n',
    );
  });

  test("variables named like numbers or members of Object are preserved", () => {
    const env = ["__proto__", "1"].map((name) => [latin1(name), latin1("x")] as const);
    const printed = JSON.parse(printRequest(order({ env })) ?? "") as { env: object };
    expect(Object.keys(printed.env).sort()).toEqual(["1", "__proto__"]);
  });

  test("strings that no program can receive and lines too long for the server are not printed", () => {
    expect(printRequest(order({ args: [latin1("a\0b")] }))).toBeUndefined();
    expect(printRequest(order({ args: [Buffer.alloc(4 * 1024 * 1024, "x")] }))).toBeUndefined();
  });
});

const RESULT =
  '{"cpu_user":0.5,"rc":2,"stdout":"a\\u00e4\\n","stderr":"e","signal":0,"truncated":7,"timedout":0,"cpu_system":0.25,"maxrss":3}\n';
const read = (text: string | Buffer, maxOutputBytes = 1000): ReplyLine[] =>
  new ReplyReader(maxOutputBytes).push(Buffer.from(text));

describe("an answer", () => {
  test("is read the same wherever it is cut", () => {
    const whole = Buffer.from(`{"pid":4711}\n${RESULT}`);
    const expected = read(whole);
    expect(expected).toEqual([
      { kind: "started", pid: 4711 },
      {
        kind: "ended",
        result: {
          end: {
            exitCode: 2,
            stdout: latin1("a\xe4\n"),
            stderr: latin1("e"),
            timedOut: false,
            truncatedBytes: 7,
            usage: { userMicros: 500_000, systemMicros: 250_000, maxRssBytes: 3072, compileMicros: 0 },
          },
          error: undefined,
          keep: false,
        },
      },
    ]);
    for (let at = 0; at <= whole.length; at++) {
      const reader = new ReplyReader(1000);
      expect([...reader.push(whole.subarray(0, at)), ...reader.push(whole.subarray(at))]).toEqual(expected);
    }
  });

  test("every byte is preserved", () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const text = [...bytes].map((byte) => `\\u00${byte.toString(16).padStart(2, "0")}`).join("");
    expect(read(`{"rc":0,"stdout":"${text}"}\n`)).toMatchObject([{ result: { end: { stdout: bytes } } }]);
  });

  test("the old form, one line without the newer keys", () => {
    expect(read('{"compile_duration":0,"rc":0,"run_duration":0,"stdout":"OK"}\n')).toMatchObject([
      { result: { end: { exitCode: 0, stdout: latin1("OK"), stderr: latin1(""), truncatedBytes: 0 } } },
    ]);
  });

  test("compile time is part of the usage", () => {
    expect(read('{"compile_duration":0.0125,"rc":0,"stdout":""}\n')).toMatchObject([
      { result: { end: { usage: { compileMicros: 12_500 } } } },
    ]);
  });

  test("a signal is returned instead of an exit code", () => {
    const [line] = read('{"rc":3,"signal":9,"stdout":""}\n');
    expect(line).toMatchObject({ result: { end: { signal: 9 } } });
    expect(line).not.toMatchObject({ result: { end: { exitCode: 3 } } });
  });

  test.for<[string, string]>([
    ["no JSON", "hello\n"],
    ["no JSON, seen before the line ends", "hello"],
    ["broken JSON", '{"rc":\n'],
    ["an array", "[]\n"],
    ["an empty line", "\n"],
    ["neither pid nor rc", "{}\n"],
    ["a pid of 0, which signals the own group", '{"pid":0}\n'],
    ["a pid of -1, which signals all processes", '{"pid":-1}\n'],
    ["the pid of init", '{"pid":1}\n'],
    ["our own pid", `{"pid":${process.pid}}\n`],
    ["a pid that is no number", '{"pid":"4711"}\n'],
    ["two pids", '{"pid":4711}\n{"pid":4712}\n'],
    ["a code that is no integer", '{"rc":1.5,"stdout":""}\n'],
    ["output that is no text", '{"rc":0,"stdout":[]}\n'],
    ["characters that are no bytes", '{"rc":0,"stdout":"\\u20ac"}\n'],
    ["more than fits", `{"rc":0,"stdout":"${"x".repeat(80_000)}`],
  ])("refused: %s", ([, text]) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: "BAD_REPLY" }));
  });
});

describe("which results are used", () => {
  const kind = (text: string) => {
    const [line] = read(`${text}\n`);
    if (line?.kind !== "ended") throw new Error("no result");
    const assessment = assess(line.result);
    return assessment.kind === "result" ? "result" : assessment.damage ? "damage" : "given back";
  };
  const { SIGSEGV, SIGKILL } = constants.signals;

  test.for<[string, string]>([
    ['{"rc":77,"stdout":""}', "result"],
    ['{"rc":-1,"stdout":""}', "result"],
    ['{"rc":3,"stdout":"x at /x line 12, near y","error":"compile"}', "result"],
    ['{"rc":3,"stdout":"it ended while it was compiled","error":"compile"}', "given back"],
    ['{"rc":3,"stdout":"x","error":"open"}', "result"],
    ['{"rc":3,"stdout":"x","error":"request"}', "given back"],
    ['{"rc":3,"stdout":"x","error":"fork"}', "given back"],
    ['{"rc":3,"stdout":"x","error":"overload"}', "given back"],
    ['{"rc":3,"stdout":"x","error":"something new"}', "given back"],
    [`{"rc":3,"stdout":"x","signal":${SIGSEGV}}`, "given back"],
    [`{"rc":3,"stdout":"x","signal":${SIGKILL}}`, "result"],
    ['{"rc":0,"stdout":"Attempt to free nonexistent shared string \'x\'"}', "damage"],
    ['{"rc":0,"stdout":"","stderr":"x at /y/mod_gearman_worker_epn.pl line 3."}', "damage"],
    ['{"rc":0,"stdout":"Fatal glibc error: x"}', "damage"],
    ['{"rc":0,"stdout":"x at y line 1, Perl interpreter: 0x1"}', "damage"],
    ['{"rc":3,"stdout":"**ePN: invalid request: x"}', "damage"],
  ])("%s: %s", ([text, expected]) => {
    expect(kind(text)).toBe(expected);
  });
});
