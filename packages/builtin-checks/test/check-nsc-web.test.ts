import { once } from "node:events";
import type { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { LEGACY } from "./nsc-web-bodies.ts";
import { NscWebServers } from "./nsc-web-servers.ts";

const nsc = new NscWebServers();
const { start, check } = nsc;

describe("results", () => {
  // recorded with check_nsc_web 0.7.6 against the same answers
  test.for<[args: string, returnCode: number, output: string, path: string]>([
    ["-p x -u URL", 0, "OK - REST API reachable on URL", "/"],
    [
      "-p x -u URL check_cpu",
      1,
      "OK: CPU <fine> |'b'=2.5%;80;90.25;0;1000000000000000000000 'a'=0.0000001s;1e-07;1:2;;",
      "/query/check_cpu",
    ],
    [
      "-f 2 -p x -u URL check_cpu",
      1,
      "OK: CPU <fine> |'b'=2.50%;80;90.25;0.00;1000000000000000000000.00 'a'=0.00s;1e-07;1:2;;",
      "/query/check_cpu",
    ],
    [
      "-a 1 -p x -u URL check_cpu",
      2,
      "ab |'a'=12;5;1e-05;-0.5;3 'z'=0.125%;;;;",
      "/api/v1/queries/check_cpu/commands/execute",
    ],
    [
      "-f 2 -a 1 -p x -u URL check_cpu",
      2,
      "ab |'a'=12;5;1e-05;-0.50;3.00 'z'=0.12%;;;;",
      "/api/v1/queries/check_cpu/commands/execute",
    ],
    ["-a 1 -p x -u URL rc7", 7, "seven", "/api/v1/queries/rc7/commands/execute"],
    [
      "-p x -u URL -e 2 forbidden",
      2,
      "RESPONSE-ERROR: http request failed: 403 Forbidden",
      "/query/forbidden",
    ],
    ["-p x -u URL empty", 3, "UNKNOWN - resultpayload size is 0", "/query/empty"],
    ["-p x -u URL -e 1 hangup", 1, 'WARNING - Get "URL/...: EOF', "/query/hangup"],
    ["-p x -u URL list", 3, "UNKNOWN - json error: unexpected type of value", "/query/list"],
    ["-p x -u URL wrongtype", 3, "UNKNOWN - json error: unexpected type of value", "/query/wrongtype"],
    [
      "-p x -u URL -a 1 wrongtype",
      3,
      "UNKNOWN - json error: result is not a number",
      "/api/v1/queries/wrongtype/commands/execute",
    ],
    [
      "-p x -u URL -a 1 empty",
      3,
      "UNKNOWN - json error: result is not a number",
      "/api/v1/queries/empty/commands/execute",
    ],
  ])("%s", async ([args, returnCode, output, path]) => {
    expect(await check(args)).toEqual([returnCode, output.replace("URL", nsc.url)]);
    expect(nsc.seen.map((request) => request.path)).toEqual([path]);
  });

  test("answers that are not JSON", async () => {
    const [returnCode, output] = await check("-p x -u URL -e CRITICAL garbage");
    expect(returnCode).toBe(2);
    expect(output).toMatch(/^CRITICAL - json error: /);
  });

  test("as JSON", async () => {
    const [returnCode, output] = await check("-j -p x -u URL check_cpu");
    expect([returnCode, output]).toEqual([
      0,
      '{"command":"check_cpu","lines":[{"message":" OK: CPU \\u003cfine\\u003e ","perf":null},{"message":"","perf":{"b":{"value":2.5,"unit":"%","warning":80,"critical":90.25,"minimum":0,"maximum":1e+21}}},{"message":"","perf":{"a":{"value":1e-7,"unit":"s","warning":1e-7,"critical":"1:2"}}}],"result":1}',
    ]);
    expect((await check("-j -p x -u URL"))[1]).toBe(
      `OK - REST API reachable on ${nsc.url}\n${JSON.stringify(LEGACY)}`,
    );
  });

  test("unchanged", async () => {
    expect(await check("-r -p x -u URL/garbage")).toEqual([0, "<html>"]);
    expect(await check("-r -p x -u URL x")).toEqual([
      3,
      "UNKNOWN - no arguments supported in passthrough mode",
    ]);
  });

  test("an answer that is too large", async () => {
    expect(await check("-p x -u URL big")).toEqual([
      3,
      `UNKNOWN - Get "${nsc.url}/...: response is longer than 4194304 bytes`,
    ]);
  });

  test("verbose shows request and answer, but no password", async () => {
    const [, output] = await check("-vv -p geheim -u URL check_cpu");
    expect(output).toMatch(
      /^>>>>>>REQUEST:\nGET \/query\/check_cpu HTTP\/1.1\n.*<<<<<<RESPONSE:\nHTTP\/1.1 200 OK\n/s,
    );
    expect(output).toContain("\n<<<<<<\nOK: CPU");
    expect(output).not.toContain("geheim");
  });
});

describe("requests", () => {
  test.for<[args: string, env: string, headers: Record<string, string | undefined>]>([
    ["-p x -u URL", "", { password: "x", authorization: undefined, "x-nsc-web-timeout": "10.00" }],
    ["-p x -u URL -t 75:OK", "", { "x-nsc-web-timeout": "75.00" }],
    ["-a 1 -p x -u URL", "", { password: undefined, authorization: "Basic YWRtaW46eA==" }],
    ["-a 1 -l me -p x -u URL", "", { authorization: "Basic bWU6eA==" }],
    ["-a 1 -l '' -p x -u URL", "", { password: "x", authorization: undefined }],
    ["-u URL", "check_nsc_web_password=fromenv ", { password: "fromenv" }],
    ["-u URL -a 1", "CHECK_NSC_WEB_PASSWORD=x CHECK_NSC_WEB_LOGIN=me ", { authorization: "Basic bWU6eA==" }],
    [
      "-u URL -p x",
      "check_nsc_web_password=y check_nsc_web_timeout=3:0 ",
      { password: "x", "x-nsc-web-timeout": "3.00" },
    ],
    ["-u URL -p x", "Check_Nsc_Web_Timeout=3 ", { "x-nsc-web-timeout": "10.00" }],
  ])("%s with <%s>", async ([args, env, headers]) => {
    expect((await check(args, env))[0]).toBe(0);
    expect(nsc.seen[0]?.headers).toMatchObject(
      Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)),
    );
    for (const [name, value] of Object.entries(headers)) expect(nsc.seen[0]?.headers[name]).toBe(value);
  });

  test("a password is sent byte for byte", async () => {
    await check("-u URL -p 'pä€'");
    expect(Buffer.from(nsc.seen[0]?.headers.password as string, "latin1").toString()).toBe("pä€");
  });

  test.for([
    ["c 'a=b c' 'd&e' über=1 x=y=z", "/query/c?a=b+c&d%26e&%C3%BCber=1&x=y%3Dz"],
    ["'a(b) c/ü*?'", "/query/a%28b%29%20c/%C3%BC%2A%3F"],
    ["-- c -x", "/query/c?-x"],
    ["c -p y", "/query/c?-p&y"],
  ])("arguments %s", async ([args, path]) => {
    await check(`-p x -u URL ${args}`);
    expect(nsc.seen.map((request) => request.path)).toEqual([path]);
  });

  test("a path in the URL precedes that of the request", async () => {
    await check("-p x -u URL/agent/ check_cpu");
    expect(nsc.seen[0]?.path).toBe("/agent/query/check_cpu");
  });

  test("redirects to another host get no password, and their number is limited", async () => {
    expect((await check("-p x -u URL away"))[0]).toBe(1);
    expect(nsc.seen.map(({ headers }) => headers.password)).toEqual(["x", undefined]);
    expect(await check("-p x -u URL around")).toEqual([
      3,
      `UNKNOWN - Get "${nsc.url}/...: stopped after 10 redirects`,
    ]);
    expect(nsc.seen).toHaveLength(11);
  });

  test("concurrent calls are independent", async () => {
    nsc.seen = [];
    const names = Array.from({ length: 50 }, (_, index) => `pw${index}`);
    await Promise.all(names.map((name) => start(`-p ${name} -u URL ${name}`)));
    expect(nsc.seen.map(({ path, headers }) => `${path} ${headers.password}`).sort()).toEqual(
      names.map((name) => `/query/${name} ${name}`).sort(),
    );
  });
});

describe("errors", () => {
  test("no server listens", async () => {
    expect(await check("-p x -u http://127.0.0.1:1 -e CRITICAL check_cpu secret=1")).toEqual([
      2,
      'CRITICAL - Get "http://127.0.0.1:1/...: dial tcp 127.0.0.1:1: connect: connection refused',
    ]);
  });

  test("its own timeout has its own state", async () => {
    expect(await check("-p x -u URL -t 1:CRITICAL silent")).toEqual([
      2,
      `CRITICAL - check timed out after 1s ( ${nsc.url} )\nGet "${nsc.url}/...: context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
    ]);
  });

  test.for<[args: string, output: string | RegExp]>([
    ["-p x", /^UNKNOWN - missing required -u argument\nUsage:/],
    ["-u URL", /^UNKNOWN - missing required -p argument\nUsage:/],
    ["-V", "check_nsc_web v0.7.6"],
    ["-h", /^Usage:/],
    ["-u URL -p x -z c", /^UNKNOWN - flag provided but not defined: -z\nUsage:/],
    ["-u URL -p", /^UNKNOWN - flag needs an argument: -p\n/],
    ["-u URL -p x -f many", /^UNKNOWN - invalid value "many" for flag -f: parse error\n/],
    ["-p x -u URL -t abc", 'UNKNOWN - cannot parse timeout: strconv.Atoi: parsing "abc": invalid syntax'],
    ["-p x -u ftp://h/", 'UNKNOWN - unsupported protocol scheme "ftp"'],
    ["-p x -u ://", "UNKNOWN - url.Parse: invalid URL"],
    [
      "-p x -u URL -tlsmin 9",
      "UNKNOWN - tlsmin: cannot parse 9 into tls version, supported values are: tls1.0, tls1.1, tls1.2, tls1.3",
    ],
    ["-p x -u URL -C /x", "UNKNOWN - -K is required when using -C"],
    ["-p x -u URL -ca /dev/zero", "UNKNOWN - readfile /dev/zero: not a regular file"],
    ["-p x -u URL -config DIR/none", /^failed to parse config file: ENOENT/],
  ])("%s", async ([args, expected]) => {
    const [returnCode, output] = await check(args);
    expect(returnCode).toBe(3);
    if (typeof expected === "string") expect(output).toBe(expected);
    else expect(output).toMatch(expected);
    expect(nsc.seen).toEqual([]);
  });

  test("an aborted signal closes the connection", async () => {
    const stop = new AbortController();
    const connected = new Promise<Socket>((resolve) => nsc.waiting.push(resolve));
    const ended = start("-p x -u URL -t 0 silent", "", stop.signal);
    const closed = once(await connected, "close");
    stop.abort();
    await Promise.all([closed, ended]);
    nsc.seen = [];
    await start("-p x -u URL silent", "", stop.signal);
    expect(nsc.seen).toEqual([]);
  });
});
