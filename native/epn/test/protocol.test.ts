// @module-tag slow
import { expect, test } from "vitest";
import { answerOf, lastLine, pidLine, sharedEpn } from "./epn-server.ts";

const shared = sharedEpn();
const echo = 'print join "|", map { unpack "H*", $_ } @ARGV; exit 0;';

test("protocol 2: the pid first, then one line of pure ASCII with sorted keys", async () => {
  const server = shared();
  const bin = server.plugin("ascii.pl", 'print "\\xe4\\n"; exit 0;');
  const answer = await server.send(`{"bin":"${bin}","protocol":2}`);
  expect(answer).toMatch(/^\{"pid":[0-9]+\}\n\{[\x20-\x7e]*\}\n$/);
  expect(pidLine(answer)).toBeGreaterThan(1);
  const keys = Object.keys(lastLine(answer));
  expect(keys).toEqual([...keys].sort());
  expect(keys).toEqual(
    expect.arrayContaining(["cpu_user", "rc", "signal", "stderr", "stdout", "timedout", "truncated"]),
  );
});

test.for([
  ["escapes", '["\\u00e4\\u0000001","\\"\\\\\\/\\b\\f\\n\\r\\t"]', undefined],
  [
    "every byte but NUL",
    JSON.stringify([String.fromCharCode(...Array.from({ length: 255 }, (_, i) => i + 1))]),
    Array.from({ length: 255 }, (_, i) => (i + 1).toString(16).padStart(2, "0")).join(""),
  ],
  ["numbers and words of JSON", '["1",2,3.5,true]', "31|32|332e35|31"],
  ["blanks", ' [ "a" , "b" ] ', "61|62"],
])("protocol 2, arguments: %s", async ([, args, expected]) => {
  const server = shared();
  const bin = server.plugin("echo.pl", echo);
  const { stdout, error } = lastLine(await server.send(`{"args":${args},"bin":"${bin}","protocol":2}`));
  if (expected === undefined) expect(error).toBe("request");
  else expect(stdout).toBe(expected);
});

test("protocol 1: text in both directions", async () => {
  const server = shared();
  const bin = server.plugin("text.pl", `${echo.replace("exit 0;", "")} print "|$ARGV[0]"; exit 0;`);
  const answer = await server.send(
    Buffer.from(JSON.stringify({ bin, args: ["ä€😀"], env: {}, timeout: 60 })),
  );
  expect(JSON.parse(answer)).toMatchObject({ rc: 0, stdout: "c3a4e282acf09f9880|ä€😀" });
  expect(answer.match(/\n/g)).toHaveLength(1);
});

test("protocol 1: output that is not UTF-8 is Latin-1", async () => {
  const server = shared();
  const bin = server.plugin("latin1.pl", 'print "\\xe4"; exit 0;');
  expect(JSON.parse(await server.send(bin))).toMatchObject({ stdout: "ä" });
});

test("a plain command line", async () => {
  const server = shared();
  const bin = server.plugin("words.pl", 'print join "|", @ARGV; exit 0;');
  expect(JSON.parse(await server.send(`${bin} a "b c" 'd "e"' f\\ g`))).toMatchObject({
    rc: 0,
    stdout: 'a|b c|d "e"|f g',
  });
});

const bad: readonly [name: string, line: string, why: string][] = [
  ["an empty line", "", "no command"],
  ["unbalanced quotes", 'plugin "a', "unbalanced quotes"],
  ["no JSON", '{"bin":', "unexpected text at offset 7"],
  ["text behind", '{"bin":"a"} x', "text after the value"],
  ["no bin", '{"protocol":2}', "bin holds what is no string"],
  ["bin of another kind", '{"bin":[],"protocol":2}', "bin holds what is no string"],
  ["another protocol", '{"bin":"a","protocol":3}', "protocol is neither 1 nor 2"],
  ["args", '{"bin":"a","args":{},"protocol":2}', "args is no list"],
  ["an argument", '{"bin":"a","args":[[]],"protocol":2}', "args holds what is no string"],
  [
    "a code point over 255",
    '{"bin":"a","args":["\\u0100"],"protocol":2}',
    "args holds a code point over 255",
  ],
  ["half a surrogate pair", '{"bin":"a","args":["\\ud800"],"protocol":2}', "half of a surrogate pair"],
  ["a NUL", '{"bin":"a\\u0000","protocol":2}', "bin holds a NUL"],
  ["env", '{"bin":"a","env":[],"protocol":2}', "env is no object"],
  ["the name of a variable", '{"bin":"a","env":{"A=":"b"},"protocol":2}', "name of a variable"],
  ["no time", '{"bin":"a","timeout":0,"protocol":2}', "timeout is not a number above 0"],
  ["time as text", '{"bin":"a","timeout":"soon","protocol":2}', "timeout is not a number above 0"],
  ["output bound", '{"bin":"a","maxOutput":-1,"protocol":2}', "maxOutput is no number of bytes"],
  ["depth", `{"bin":${"[".repeat(50)}`, "nested too deeply"],
  ["a bare control character", '{"bin":"a\tb","protocol":2}', "bare control character"],
];

test.for(bad)("invalid request: %s", async ([, line, why]) => {
  const server = shared();
  const answer = JSON.parse(await server.send(line));
  expect(answer).toMatchObject({ rc: 3, stdout: expect.stringMatching(/^\*\*ePN: invalid request: /) });
  expect(answer.stdout).toContain(why);
  if (line.includes('"protocol":2')) expect(answer.error).toBe("request");
  else expect(answer).not.toHaveProperty("signal");
});

test("a line of up to 4 MiB", async () => {
  const server = shared();
  const bin = server.plugin("long.pl", "print length $ARGV[0]; exit 0;");
  const line = (bytes: number): string => `{"bin":"${bin}","protocol":2,"args":["${"x".repeat(bytes)}"]}`;
  expect(lastLine(await server.send(line(4_000_000))).stdout).toBe("4000000");
  const tooLong = await server.connect();
  const answer = await answerOf(tooLong, line(8 * 1024 * 1024));
  expect(lastLine(answer)).toMatchObject({
    rc: 3,
    stdout: expect.stringContaining("line is longer than 4194304 bytes"),
  });
  expect(lastLine(await server.send(line(10))).stdout).toBe("10");
});

test("bytes that arrive one by one", async () => {
  const server = shared();
  const bin = server.plugin("slow.pl", "print @ARGV; exit 0;");
  const client = await server.connect();
  let answer = "";
  client.on("data", (chunk: Buffer) => (answer += chunk.toString()));
  for (const byte of `{"bin":"${bin}","protocol":2,"args":["x"]}\n`) {
    await new Promise((resolve) => client.write(byte, resolve));
  }
  await new Promise((resolve) => client.once("close", resolve));
  expect(lastLine(answer)).toMatchObject({ rc: 0, stdout: "x" });
});

test("an environment sent before, in requests of all kinds", async () => {
  const server = shared();
  const bin = server.plugin("env.pl", "print join '|', map { $ENV{$_} // '-' } qw(A B HOME); exit 0;");
  const run = async (line: string): Promise<string> => lastLine(await server.send(line)).stdout;
  const env = '{"A":"}\\"","B":"\\u00e4"}';
  for (let i = 0; i < 2; i++) {
    expect(await run(`{"bin":"${bin}","env":${env},"protocol":2}`)).toBe('}"|\xe4|-');
    expect(await run(`{"bin":"${bin}","env":${env},"protocol":2,"clean":false}`)).toBe('}"|\xe4|/');
    expect(await run(`{"bin":"${bin}","env":${env}}`)).toBe('}"|\xe4|/');
    expect(await run(`{"bin":"${bin}","env":{"A":"other"},"protocol":2}`)).toBe("other|-|-");
    expect(await run(`{"bin":"${bin}","x":{"env":${env}},"protocol":2}`)).toBe("-|-|-");
  }
});
