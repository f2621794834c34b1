import { describe, expect, test } from "vitest";
import { loadTop } from "../src/load-top.ts";
import { memoryFiles } from "./memory-files.ts";

function load(argv: string[], env: Record<string, string> = {}) {
  const request = loadTop(argv, memoryFiles({}, { env }));
  if (!("options" in request)) throw new Error("no options");
  return request;
}

test("the defaults", () =>
  expect(load([]).options).toEqual({
    tls: false,
    servers: [{ host: "localhost", port: 4730 }],
    intervalSeconds: 1,
    intervalGiven: false,
    batch: false,
    hideEmpty: false,
    timeoutSeconds: 10,
    verbose: false,
    colours: false,
  }));

test.for<[string[], object]>([
  [
    ["-H", "b", "-sa:1", "--server=[::1]"],
    {
      servers: [
        { host: "b", port: 4730 },
        { host: "a", port: 1 },
        { host: "::1", port: 4730 },
      ],
    },
  ],
  [["-i", "0.5"], { intervalSeconds: 0.5, intervalGiven: true }],
  [["-i0"], { intervalSeconds: 1, intervalGiven: true }],
  [["-i", "-3"], { intervalSeconds: 1 }],
  [["-bi0"], { intervalSeconds: 0, intervalGiven: true, batch: true }],
  [["-b"], { batch: true, intervalGiven: false }],
  [["-qvt3"], { hideEmpty: true, verbose: true, timeoutSeconds: 3 }],
  [["--colors"], { colours: true }],
] as const)("%j", ([argv, expected]) => {
  expect(load(argv).options).toMatchObject(expected);
});

describe("CONFIG_GEARMAND_PORT", () => {
  test.for([
    ["4731", "localhost", 4731],
    [":4731", "localhost", 4731],
    ["host:4731", "host", 4731],
    ["host", "host", 4730],
    ["[::1]:4731", "::1", 4731],
  ] as const)("%s", ([value, host, port]) =>
    expect(load([], { CONFIG_GEARMAND_PORT: value })).toMatchObject({
      options: { servers: [{ host, port }] },
      effective: expect.arrayContaining([
        expect.objectContaining({ where: "environment CONFIG_GEARMAND_PORT" }),
      ]),
    }),
  );
  test("-H has precedence", () =>
    expect(load(["-H", "a"], { CONFIG_GEARMAND_PORT: "nonsense:x" }).options.servers).toEqual([
      { host: "a", port: 4730 },
    ]));
  test("an invalid value is an error", () =>
    expect(() => load([], { CONFIG_GEARMAND_PORT: "0" })).toThrow("Error - not a server address: :0"));
});

test.for<[string[], string]>([
  [["-z"], "Error - No such option: `z'"],
  [["--key=hunter2"], "Error - No such option: `--key'"],
  [["-H", "a:b:c:d"], "Error - not a server address: a:b:c:d"],
  [["-H="], "Error - host: the server is empty"],
  [["-i", "often"], "Error - interval: 'often' is not a number"],
  [["-t", "2147483648"], "Error - timeout: a number from 0 to 2147483647 is needed"],
  [["-t"], "Error - the required argument for option '-t' is missing"],
])("%j ends with 3 (T15), or 2", ([argv, message]) => {
  const reported = { message, exitCode: 3, help: expect.stringMatching(/^Usage: gearman_top /) };
  expect(() => load(argv)).toThrow(expect.objectContaining(reported));
  expect(() => load(["--check-config", ...argv])).toThrow(expect.objectContaining({ exitCode: 2 }));
});

test("requests", () => {
  expect(loadTop(["-bh"], memoryFiles({}))).toMatchObject({
    help: expect.stringContaining("-H, -s, --host="),
  });
  expect(loadTop(["-V"], memoryFiles({}))).toEqual({ version: true });
  expect(load(["--check-config"])).toMatchObject({ checkConfig: true });
});
