import { describe, expect, test } from "vitest";
import { loadBridge } from "../src/load-bridge.ts";
import { loadModule } from "../src/load-module.ts";
import { memoryFiles } from "./memory-files.ts";

const FILE = "server=a\nkey=0123456789abcdef\nbridge_socket=run/b.sock\ndebug=1\nlogfile=b.log\nhosts\n";

function load(argv: string[], files: Record<string, string> = {}) {
  const request = loadBridge(argv, memoryFiles(files));
  if (!("options" in request)) throw new Error("no options");
  return request;
}

test("started by the module", () => {
  const { options, warnings } = load(["--bridge-socket=/run/x.sock", "--core-pid=4711"]);
  expect(options).toEqual({
    bridgeSocket: "/run/x.sock",
    corePid: 4711,
    own: [],
    log: { debug: 0, logmode: "automatic" },
  });
  expect(warnings).toEqual([]);
});

test("as a service: socket and log are in its file", () => {
  const files = { "/etc/b/m.conf": FILE };
  const loaded = load(["--config=/etc/b/m.conf", "--check-config", "--debug=2"], files);
  expect(loaded.options).toEqual({
    bridgeSocket: "/etc/b/run/b.sock",
    own: ["--config=/etc/b/m.conf", "--debug=2"],
    log: { debug: 2, logmode: "automatic", logfile: "/etc/b/b.log" },
  });
  expect(loaded.checkConfig).toBe(true);
  expect(loaded.sources.get("bridge-socket")).toBe("/etc/b/m.conf:3");
  const module = loadModule("", "/", memoryFiles(files), loaded.options.own);
  expect(module.options).toMatchObject({
    servers: [{ host: "a", port: 4730 }],
    debug: 2,
    services: false,
    hosts: true,
  });
});

test("its own argument has precedence over the file", () =>
  expect(load(["--bridge_socket=/s", "--config=/m"], { "/m": FILE }).options.bridgeSocket).toBe("/s"));

describe("help and version", () => {
  test.for(["-h", "--help"])("%s", (argument) =>
    expect(loadBridge([argument], memoryFiles({}))).toEqual({
      help: expect.stringContaining("--core-pid=NUMBER"),
    }),
  );
  test.for(["-V", "-v", "--version"])("%s", (argument) =>
    expect(loadBridge([argument], memoryFiles({}))).toEqual({ version: true }),
  );
});

test.for(["0", "-1", "x", "99999999"])("core pid %s is refused", (pid) =>
  expect(() => load([`--core-pid=${pid}`])).toThrow(
    expect.objectContaining({ code: "BAD_VALUE", exitCode: 2 }),
  ),
);

test("unknown arguments are warned about without their value", () =>
  expect(load(["--passwd=hunter2", "hunter2"]).warnings.map((one) => one.text)).toEqual([
    "unknown option 'passwd'",
    "(hidden) is not a param!, ignoring",
  ]));
