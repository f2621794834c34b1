import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { call } from "./call.ts";

const now = () => Date.now() / 1000;
const UP = [
  { metric: { __name__: "up", instance: "h:9", job: "näüm", q: 'a"b\\c' }, value: [0, "1"] },
  { metric: { __name__: "up", instance: "h:8", job: "x" }, value: [0, "0.25"] },
];
const fresh = (series: typeof UP) => series.map((one) => ({ ...one, value: [now(), one.value[1]] }));
/** Answers of the server by query. */
const results: Record<string, () => unknown> = {
  up: () => ({ resultType: "vector", result: fresh(UP) }),
  none: () => ({ resultType: "vector", result: [] }),
  old: () => ({ resultType: "vector", result: UP.map((one) => ({ ...one, value: [now() - 400, "1"] })) }),
  histogram: () => ({ resultType: "vector", result: [{ metric: {}, histogram: [now(), {}] }] }),
  many: () => ({
    resultType: "vector",
    result: Array.from({ length: 5000 }, (_, index) => ({ metric: { i: `${index}` }, value: [now(), "1"] })),
  }),
  long: () => ({
    resultType: "vector",
    result: [{ metric: { a: "x".repeat(100_000) }, value: [now(), "1"] }],
  }),
  scalar: () => ({ resultType: "scalar", result: [now(), "3.5"] }),
  nan: () => ({ resultType: "scalar", result: [now(), "NaN"] }),
  inf: () => ({ resultType: "scalar", result: [now(), "+Inf"] }),
  novalue: () => ({ resultType: "scalar", result: [now(), "x"] }),
  matrix: () => ({
    resultType: "matrix",
    result: [
      {
        metric: {},
        values: [
          [now() - 1000, "20"],
          [now(), "1"],
        ],
      },
    ],
  }),
  oldmatrix: () => ({ resultType: "matrix", result: [{ metric: {}, values: [[now() - 1000, "20"]] }] }),
  nomatrix: () => ({ resultType: "matrix", result: [] }),
  string: () => ({ resultType: "string", result: [now(), "x"] }),
  list: () => [],
  'prometheus_build_info{job="prometheus"}': () => ({
    resultType: "vector",
    result: [{ metric: { version: "2.5", instance: "l:9" }, value: [now(), "1"] }],
  }),
};
const TARGETS = {
  status: "success",
  data: {
    activeTargets: [
      { labels: { instance: "a:1", job: "j" }, health: "up" },
      { labels: { instance: "b:1" }, health: "down" },
    ],
  },
};
const failures: Record<string, [status: number, body: string]> = {
  bad: [400, '{"status":"error","errorType":"bad_data","error":"parse error: x"}'],
  e404: [404, "x"],
  e500: [500, ""],
  e302: [302, ""],
  error200: [200, '{"status":"error","errorType":"a","error":"b"}'],
  success422: [422, '{"status":"success"}'],
  garbage: [200, "<html>"],
};

let server: Server;
let address: string;
let seen: { request: string; cookie: string | undefined; time: number }[] = [];

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = Buffer.concat(await request.toArray()).toString();
  const { pathname, search } = new URL(request.url ?? "", "http://x");
  const parameters = new URLSearchParams(request.method === "POST" ? body : search);
  const query = parameters.get("query") ?? "";
  seen.push({
    request: `${request.method} ${pathname} ${query}`,
    cookie: request.headers.cookie,
    time: Number(parameters.get("time")),
  });
  if (pathname.startsWith("/get") && request.method === "POST") response.statusCode = 405;
  const failure = failures[query];
  if (query === "silent") return;
  if (pathname.startsWith("/bad")) response.end('{"status":"error"}');
  else if (pathname.startsWith("/empty")) response.end('{"status":"success","data":{"activeTargets":[]}}');
  else if (pathname.endsWith("/targets")) response.end(JSON.stringify(TARGETS));
  else if (failure !== undefined) response.writeHead(failure[0]).end(failure[1]);
  else response.end(JSON.stringify({ status: "success", data: results[query]?.() }));
}

beforeAll(async () => {
  server = createServer((request, response) => void answer(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const check = (args: string) => call("check_prometheus", args.replaceAll("URL", address));
const query = (args: string) => check(`mode query --address URL ${args}`);

const FIRST = `'{__name__="up", instance="h:9", job="näüm", q="a\\"b\\\\c"}'=1`;
const SECOND = `'{__name__="up", instance="h:8", job="x"}'=0.25`;
const FAILED = "UNKNOWN - Error when executing cli action : ";

describe("query", () => {
  // rows without a comment were recorded with check_prometheus 0.0.7 with the same answers
  test.for<[args: string, returnCode: number, output: string]>([
    ["-q up", 0, `OK - Query: 'up'|${FIRST};;;; ${SECOND};;;;`],
    ["-q up -w 0.5 -c @0.9:2", 2, `CRITICAL - Query: 'up'|${FIRST};0.5;@0.9:2;; ${SECOND};0.5;@0.9:2;;`],
    ["-q scalar -w 3: -c '~:4'", 0, "OK - Query: 'scalar' returned: '3.5'|'scalar'=3.5;3:;~:4;;"],
    ["-q scalar -a al -c 4:5", 2, "CRITICAL - Alias: 'al' returned: '3.5'|'scalar'=3.5;;4:5;;"],
    ["-q nan -w 1", 0, "OK - Query: 'nan' returned: 'NaN'|'scalar'=NaN;1;;;"],
    ["-q inf -w 1", 1, "WARNING - Query: 'inf' returned: '+Inf'|'scalar'=+Inf;1;;;"],
    ["-q matrix -w 5", 1, "WARNING - Query: 'matrix'"],
    ["-q matrix -a x", 0, "OK - x"],
    ["-q none --eqm fine --eqs warning", 1, "WARNING - fine"],
    ["-q none -eqs UNKNOWN", 3, "UNKNOWN - Query 'none' returned no data."],
    ["-q none", 0, "OK - Query 'none' returned no data."], // there: no name of a state
    [`-q up --search '.*job="(.*?)".*' --replace '$1'`, 0, "OK - Query: 'up'|'näüm'=1;;;; 'x'=0.25;;;;"],
    ["-q up --search '.*' --replace up -w 2", 0, "OK - Query: 'up'|'up'=1;2;;; 'up'=0.25;2;;;"], // there: only the first has the limit
    ["-q dXA= --query-encoding base64", 0, `OK - Query: 'up'|${FIRST};;;; ${SECOND};;;;`],
    ["--query-encoding uRl -q %75p", 0, `OK - Query: 'up'|${FIRST};;;; ${SECOND};;;;`],
    [
      `-q up -a '{{.instance}} {{if eq .xvalue "1"}}up{{else}}down{{end}}. '`,
      0,
      `OK - h:9 up. h:8 down. |${FIRST};;;; ${SECOND};;;;`,
    ],
    ["-q up -a '{{range .}}'", 0, `OK - {{range .}}{{range .}}|${FIRST};;;; ${SECOND};;;;`],
    ["-q histogram", 0, "OK - Query: 'histogram'|'{}'=0;;;;"],
    ["-f 0 -q old -w 2", 0, `OK - Query: 'old'|${FIRST};2;;; ${SECOND.replace("0.25", "1")};2;;;`], // there: an error
  ])("%s", async ([args, returnCode, output]) => {
    expect(await query(args)).toEqual([returnCode, output]);
  });

  test.for<[args: string, reason: string | RegExp]>([
    ["-q bad", "bad_data: parse error: x"],
    ["-q e404", "client_error: client error: 404"],
    ["-q e500", "server_error: server error: 500"],
    ["-q e302", "bad_response: bad response code 302"],
    ["-q error200", "a: b"],
    ["-q success422", "bad_response: inconsistent body for response code"],
    ["-q garbage", /^bad_response: /],
    ["-q list", "bad_response: unexpected type of value"],
    ["-q string", 'unexpected value type "string"'],
    ["-q novalue", "bad_response: a sample has no value"],
    ["-q nomatrix", "The given States do not contain a State"],
    ["-q old", "one of the scraped data exceed the freshness by 100s"],
    ["-q oldmatrix -f 900", "one of the scraped data exceed the freshness by 100s"],
    ["-q up -w 5:1", "First argument is bigger then second"],
    ["-q up -c 1:x", "This threshold syntax is not supported: 1:x"],
    ["-q up --search '('", /^error parsing regexp: missing closing \)/],
    ["-q long --search '(.*)*(.*)*(.*)*z'", "pattern takes too long"],
    ["-q up% --query-encoding url", "url query decoding failed with error: invalid URL escape"],
    ["-q up --query-encoding base64", "base64 query decoding failed with error: illegal base64 data"],
    [
      "-q up --query-encoding rot13",
      `invalid value "rot13" for flag -query-encoding: unknown query encoding, available values are 'raw', 'base64', 'url'`,
    ],
    ["-q up -x", "flag provided but not defined: -x"],
    ["-q up -t soon", 'invalid value "soon" for flag -t: parse error'],
    [
      "-q up --cookie a",
      `invalid value "a" for flag -cookie: there should be exactly one '=' in the cookie definition`,
    ],
    ["-q up --cookie '=a'", 'invalid value "=a" for flag -cookie: cookie key cannot be empty'],
    ["-q up --cookie a=", 'invalid value "a=" for flag -cookie: cookie value cannot be empty'],
  ])("%s fails", async ([args, reason]) => {
    const [returnCode, output] = await query(args);
    expect([returnCode, output.slice(0, FAILED.length)]).toEqual([3, FAILED]);
    if (typeof reason === "string") expect(output.slice(FAILED.length)).toBe(reason);
    else expect(output.slice(FAILED.length)).toMatch(reason);
  });
});

test.for([
  ["a pattern", `--search '${"(a*)*".repeat(200)}z'`],
  ["a replacement", `--search . --replace '${"$0".repeat(4000)}'`],
  ["a text", `-a '${"{{if .no}}x{{end}}".repeat(700)}'`],
])("%s that takes too long for so many series", async ([, args = ""]) => {
  const [returnCode, output] = await query(`-q many ${args}`);
  expect([returnCode, output]).toEqual([3, `${FAILED}search pattern or text takes too long`]);
});

test("ping", async () => {
  const [returnCode, output] = await check("mode p --address URL");
  expect(returnCode).toBe(0);
  expect(output).toMatch(/^OK - Version: 2\.5, Instance l:9\|'duration'=\d+\.\d+s;;;0;$/);
});

describe("targets_health", () => {
  const text = "There are 1 healthy and 1 unhealthy targets";
  test.for<[args: string, returnCode: number, output: string]>([
    ["--address URL", 0, `OK - ${text}|'a:1'=0;;;; 'b:1'=1;;;; 'health_rate'=0.5;;;0;1 'targets'=2;;;0;`],
    [
      "--address URL -l job -w 0.6: -c 0.2:",
      1,
      `WARNING - ${text}|'j'=0;;;; 'b:1'=1;;;; 'health_rate'=0.5;0.6:;0.2:;0;1 'targets'=2;;;0;`,
    ],
    ["--address URL/bad", 3, `${FAILED}the API target return status was error`],
    [
      "--address URL/empty",
      0,
      "OK - There are 0 healthy and 0 unhealthy targets|'health_rate'=0;;;0;1 'targets'=0;;;0;",
    ],
  ])("%s", async ([args, returnCode, output]) => {
    expect(await check(`m targets_health ${args}`)).toEqual([returnCode, output]);
  });
});

describe("requests", () => {
  test("use POST with the time, below the path of the address", async () => {
    seen = [];
    const before = now();
    await check("m q --address URL/sub/ -q up");
    expect(seen.map(({ request }) => request)).toEqual(["POST /sub/api/v1/query up"]);
    expect(seen[0]?.time).toBeGreaterThanOrEqual(before - 1);
  });

  test("use GET if POST is not allowed", async () => {
    seen = [];
    expect((await check("m q --address URL/get -q up"))[0]).toBe(0);
    expect(seen.map(({ request }) => request)).toEqual([
      "POST /get/api/v1/query up",
      "GET /get/api/v1/query up",
    ]);
  });

  test("cookies are kept within one call", async () => {
    seen = [];
    await Promise.all([
      query("-q up --cookie a=b --cookie c=d"),
      query("-q scalar"),
      query("-q inf --cookie e=f"),
    ]);
    await query("-q up");
    expect(seen.map(({ request, cookie }) => `${request} ${cookie}`).sort()).toEqual([
      "POST /api/v1/query inf e=f",
      "POST /api/v1/query scalar undefined",
      "POST /api/v1/query up a=b; c=d",
      "POST /api/v1/query up undefined",
    ]);
  });

  test("its own timeout at any position", async () => {
    const reason = `${FAILED}Post "${address}/api/v1/query": context deadline exceeded`;
    expect(await query("-q silent -t 1")).toEqual([3, reason]);
    expect(await check("-t 1 mode query --address URL -q silent")).toEqual([3, reason]);
  });

  test("no server listens", async () => {
    expect(await check("mode query --address http://127.0.0.1:1 -q up")).toEqual([
      3,
      `${FAILED}Post "http://127.0.0.1:1/api/v1/query": dial tcp 127.0.0.1:1: connect: connection refused`,
    ]);
    expect((await check("mode targets_health --address http://127.0.0.1:1/x"))[1]).toBe(
      `${FAILED}Get "http://127.0.0.1:1/x/api/v1/targets": dial tcp 127.0.0.1:1: connect: connection refused`,
    );
  });
});

test.for<[args: string, output: string | RegExp]>([
  ["", /^Usage:/],
  ["mode", /^Usage:/],
  ["mode foo", /^Usage:/],
  ["-h", /^Usage:/],
  ["mode query --help", /^Usage:/],
  ["--version", "check_prometheus version 0.0.7"],
  ["mode ping --address :1", `${FAILED}invalid value ":1" for flag -address: no URL`],
  ["mode ping --address file:///etc/passwd", /no URL$/],
])("<%s> asks no server", async ([args, expected]) => {
  seen = [];
  const [returnCode, output] = await check(args);
  expect([returnCode, seen]).toEqual([3, []]);
  if (typeof expected === "string") expect(output).toBe(expected);
  else expect(output).toMatch(expected);
});

test("a search in labels does not block other jobs", async () => {
  let turns = 0;
  let isDone = false;
  const count = () => {
    turns++;
    if (!isDone) setImmediate(count);
  };
  const outcome = query("-q many --search '(a|b|c|i)+=(.)' --replace '$2'").then((result) => {
    isDone = true;
    return result;
  });
  await new Promise<void>((resolve) => {
    server.once("request", () => resolve());
  });
  setImmediate(count);
  expect((await outcome)[0]).toBe(0);
  expect(turns).toBeGreaterThan(3);
});
