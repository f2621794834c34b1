import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { call } from "./call.ts";
import { LEGACY, nscWebBody } from "./nsc-web-bodies.ts";
import { TEST_CERTIFICATE, TEST_KEY } from "./tls-fixture.ts";

const certificates = { cert: TEST_CERTIFICATE, key: TEST_KEY, ca: TEST_CERTIFICATE };
let server: Server;
let tlsServer: Server;
let url: string;
let tlsUrl: string;
let folder: string;
let seen: { path: string; headers: IncomingMessage["headers"] }[] = [];
const waiting: ((socket: Socket) => void)[] = [];

function answer(request: IncomingMessage, response: ServerResponse): void {
  const path = request.url ?? "";
  seen.push({ path, headers: request.headers });
  const isV1 = path.includes("/api/v1/");
  const name = /[a-z0-9]+$/.exec(path.replace("/commands/execute", ""))?.[0] ?? "";
  if (name === "silent") for (const wake of waiting.splice(0)) wake(request.socket);
  else if (name === "forbidden") response.writeHead(403).end("no");
  else if (name === "hangup") response.socket?.destroy();
  else if (name === "around") response.writeHead(302, { location: path }).end();
  else if (name === "away")
    response.writeHead(302, { location: `${url.replace("127.0.0.1", "localhost")}/query/x` }).end();
  else response.end(nscWebBody(name, isV1));
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "nsc-web-"));
  server = createServer(answer).listen(0, "127.0.0.1");
  tlsServer = createTlsServer(
    { ...certificates, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      const { authorized } = request.socket as TLSSocket;
      const message = `${(request.socket as TLSSocket).getProtocol()} client ${authorized}`;
      response.end(JSON.stringify({ result: 0, lines: [{ message }] }));
    },
  ).listen(0, "127.0.0.1");
  await Promise.all([once(server, "listening"), once(tlsServer, "listening")]);
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  tlsUrl = `https://127.0.0.1:${(tlsServer.address() as AddressInfo).port}`;
});
afterAll(() => {
  for (const each of [server, tlsServer]) {
    each.closeAllConnections();
    each.close();
  }
  rmSync(folder, { recursive: true });
});

const start = (args: string, env = "", signal?: AbortSignal) => {
  const line = args.replace("URL", url).replace("TLS", tlsUrl).replaceAll("DIR", folder);
  return call("check_nsc_web", line, { env, ...(signal && { signal }) });
};
const check = (args: string, env = "") => {
  seen = [];
  return start(args, env);
};

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
    expect(await check(args)).toEqual([returnCode, output.replace("URL", url)]);
    expect(seen.map((request) => request.path)).toEqual([path]);
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
      `OK - REST API reachable on ${url}\n${JSON.stringify(LEGACY)}`,
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
      `UNKNOWN - Get "${url}/...: response is longer than 4194304 bytes`,
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
    expect(seen[0]?.headers).toMatchObject(
      Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)),
    );
    for (const [name, value] of Object.entries(headers)) expect(seen[0]?.headers[name]).toBe(value);
  });

  test("a password is sent byte for byte", async () => {
    await check("-u URL -p 'pä€'");
    expect(Buffer.from(seen[0]?.headers.password as string, "latin1").toString()).toBe("pä€");
  });

  test.for([
    ["c 'a=b c' 'd&e' über=1 x=y=z", "/query/c?a=b+c&d%26e&%C3%BCber=1&x=y%3Dz"],
    ["'a(b) c/ü*?'", "/query/a%28b%29%20c/%C3%BC%2A%3F"],
    ["-- c -x", "/query/c?-x"],
    ["c -p y", "/query/c?-p&y"],
  ])("arguments %s", async ([args, path]) => {
    await check(`-p x -u URL ${args}`);
    expect(seen.map((request) => request.path)).toEqual([path]);
  });

  test("a path in the URL precedes that of the request", async () => {
    await check("-p x -u URL/agent/ check_cpu");
    expect(seen[0]?.path).toBe("/agent/query/check_cpu");
  });

  test("redirects to another host get no password, and their number is limited", async () => {
    expect((await check("-p x -u URL away"))[0]).toBe(1);
    expect(seen.map(({ headers }) => headers.password)).toEqual(["x", undefined]);
    expect(await check("-p x -u URL around")).toEqual([
      3,
      `UNKNOWN - Get "${url}/...: stopped after 10 redirects`,
    ]);
    expect(seen).toHaveLength(11);
  });

  test("concurrent calls are independent", async () => {
    seen = [];
    const names = Array.from({ length: 50 }, (_, index) => `pw${index}`);
    await Promise.all(names.map((name) => start(`-p ${name} -u URL ${name}`)));
    expect(seen.map(({ path, headers }) => `${path} ${headers.password}`).sort()).toEqual(
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
      `CRITICAL - check timed out after 1s ( ${url} )\nGet "${url}/...: context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
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
    expect(seen).toEqual([]);
  });

  test("an aborted signal closes the connection", async () => {
    const stop = new AbortController();
    const connected = new Promise<Socket>((resolve) => waiting.push(resolve));
    const ended = start("-p x -u URL -t 0 silent", "", stop.signal);
    const closed = once(await connected, "close");
    stop.abort();
    await Promise.all([closed, ended]);
    seen = [];
    await start("-p x -u URL silent", "", stop.signal);
    expect(seen).toEqual([]);
  });
});

describe("configuration file", () => {
  const config = (text: string) => {
    writeFileSync(join(folder, "config"), text);
    return "-config DIR/config";
  };

  test("options, a query, comments", async () => {
    const args = config(`# mine\n\np=secret\nu ${url}\na 1\nj\nquery check_cpu show-all\n`);
    const [returnCode, output] = await check(args);
    expect([returnCode, output.slice(0, 22)]).toEqual([0, '{"command":"check_cpu"']);
    expect(seen.map((request) => request.path)).toEqual([
      "/api/v1/queries/check_cpu/commands/execute?show-all",
    ]);
  });

  test("the command line has precedence, then the file, then the environment", async () => {
    await check(`${config("p file\nt 7\n")} -u URL -p line`, "check_nsc_web_timeout=9 ");
    expect(seen[0]?.headers).toMatchObject({ password: "line", "x-nsc-web-timeout": "7.00" });
  });

  test.for([
    ["p x\nbogus 1\n", "failed to parse config file: line 2: variable provided but not defined"],
    ["k maybe\n", "failed to parse config file: line 1: invalid boolean value: parse error"],
    ["f many\n", "failed to parse config file: line 1: invalid value: parse error"],
  ])("%j", async ([text = "", output]) => {
    expect(await check(`${config(text)} -u URL -p x`)).toEqual([3, output]);
  });

  // each file contains the word "shadow", which must not appear in the output
  test.for<[file: string, args: string, returnCode: number, output: string]>([
    [
      "shadow:$6$salt$hash:19000:0:99999:7:::",
      "-u URL -p x",
      3,
      "failed to parse config file: line 1: variable provided but not defined",
    ],
    ["j shadow", "-u URL -p x", 3, "failed to parse config file: line 1: invalid boolean value: parse error"],
    ["t shadow", "-u URL -p x", 3, "UNKNOWN - cannot parse timeout: strconv.Atoi: invalid syntax"],
    [
      "tlsmin shadow",
      "-u URL -p x",
      3,
      "UNKNOWN - tlsmin: cannot parse the value in the configuration file into tls version, supported values are: tls1.0, tls1.1, tls1.2, tls1.3",
    ],
    ["u shadow://h", "-p x", 3, "UNKNOWN - unsupported protocol scheme"],
    ["u shadow", "-p x", 3, "UNKNOWN - url.Parse: invalid URL"],
    [
      `u http://shadow${"o".repeat(64)}/`, // too long for a name: no server is contacted
      "-p x -e 2",
      2,
      'CRITICAL - Get "...: dial tcp: lookup: no such host',
    ],
    ["u http://127.0.0.1:1/shadow", "-p x", 3, 'UNKNOWN - Get "...: dial tcp: connect: connection refused'],
    ["u URL/shadow", "-p x", 0, "OK - REST API reachable on the URL in the configuration file"],
    [
      "u URL/shadow",
      "-p x -t 1 silent",
      3,
      'UNKNOWN - check timed out after 1s ( the URL in the configuration file )\nGet "...: context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
    ],
    [
      "tlshostname shadow",
      "-ca DIR/ca.pem -u TLS -p x",
      3,
      'UNKNOWN - Get "...: tls: failed to verify certificate: x509: certificate is valid for another name',
    ],
    ["ca /shadow", "-u URL -p x", 3, "UNKNOWN - readfile of -ca: ENOENT"],
    ["C /shadow\nK /shadow", "-u URL -p x", 3, "UNKNOWN - readfile of -C: ENOENT"],
  ])("content of the file never comes back: %s", async ([file, args, returnCode, output]) => {
    writeFileSync(join(folder, "ca.pem"), TEST_CERTIFICATE);
    const answered = await check(`${config(file.replace("URL", url))} ${args}`);
    expect(answered).toEqual([returnCode, output]);
  });

  test("content of the file is not in the dump of -v", async () => {
    const args = config(`u ${url}/shadow\nquery shadow shadow=1\np shadow\nl shadow\na 1\n`);
    const [, output] = await check(`${args} -v`);
    const [request = ""] = output.split("<<<<<<RESPONSE");
    expect(request).toContain("GET *** HTTP/1.1\nHost: ***\nAuthorization: ***");
    expect(request).not.toContain("shadow");
    expect(seen[0]?.path).toContain("shadow=1");
  });

  test.for(["-ca DIR/config", "-C DIR/config -K DIR/config"])(
    "content of %s is not printed",
    async (args) => {
      for (const text of [
        "shadow:secret",
        "-----BEGIN CERTIFICATE-----\nshadow\n-----END CERTIFICATE-----\n",
      ]) {
        config(text);
        const [returnCode, output] = await check(`-u TLS -p x ${args}`);
        expect([returnCode, output.slice(0, 10)]).toEqual([3, "UNKNOWN - "]);
        expect(output).not.toMatch(/shadow|secret/);
      }
    },
  );
});

describe("TLS", () => {
  beforeAll(() => {
    writeFileSync(join(folder, "cert.pem"), TEST_CERTIFICATE);
    writeFileSync(join(folder, "key.pem"), TEST_KEY);
    writeFileSync(join(folder, "no.pem"), "no certificate\n");
  });

  test.for<[args: string, returnCode: number, output: string | RegExp]>([
    [
      "-p x -u TLS x",
      3,
      'UNKNOWN - Get "TLS/...: tls: failed to verify certificate: x509: certificate signed by unknown authority',
    ],
    ["-k -a 1 -p x -u TLS x", 0, "TLSv1.3 client false"],
    ["-a 1 -p x -ca DIR/cert.pem -u TLS x", 3, /tls: failed to verify certificate: x509: .*127\.0\.0\.1/],
    ["-a 1 -p x -ca DIR/cert.pem -tlshostname agent.test -u TLS x", 0, "TLSv1.3 client false"],
    ["-k -a 1 -p x -tlsmax tls1.2 -u TLS x", 0, "TLSv1.2 client false"],
    ["-k -a 1 -p x -tlsmin tls13 -u TLS x", 0, "TLSv1.3 client false"],
    ["-k -a 1 -p x -C DIR/cert.pem -K DIR/key.pem -u TLS x", 0, "TLSv1.3 client true"],
    ["-k -a 1 -p x -C DIR/no.pem -K DIR/key.pem -u TLS x", 3, /^UNKNOWN - tls: /],
    ["-k -a 1 -p x -tlsmin tls1.3 -tlsmax tls1.2 -u TLS x", 3, /^UNKNOWN - /],
  ])("%s", async ([args, returnCode, expected]) => {
    const [code, output] = await check(args);
    expect(code).toBe(returnCode);
    if (typeof expected === "string") expect(output).toBe(expected.replace("TLS/", `${tlsUrl}/`));
    else expect(output).toMatch(expected);
  });

  test("a server without TLS", async () => {
    expect(await check(`-k -p x -u ${url.replace("http", "https")}`)).toEqual([
      3,
      `UNKNOWN - Get "${url.replace("http", "https")}/...: http: server gave HTTP response to HTTPS client`,
    ]);
  });
});
