import { EventEmitter } from "node:events";
import { describe, expect, test, vi } from "vitest";
import {
  closeInspector,
  holdSignals,
  type InspectorHost,
  NO_INSPECTOR,
  withoutInspector,
} from "../src/early-signals.ts";

describe("holdSignals", () => {
  const turn = () => new Promise(setImmediate);

  test("holds a signal until the program listens, and delivers it once", async () => {
    const host = new EventEmitter();
    holdSignals(host, ["SIGHUP", "SIGUSR2"]);
    host.emit("SIGHUP", "SIGHUP");
    host.emit("SIGHUP", "SIGHUP");
    const heard: string[] = [];
    host.on("SIGUSR2", (signal) => heard.push(signal));
    host.on("SIGHUP", (signal) => heard.push(signal));
    await turn();
    expect(heard).toEqual(["SIGHUP"]);
    host.emit("SIGHUP", "SIGHUP");
    await turn();
    expect(heard).toEqual(["SIGHUP", "SIGHUP"]);
  });

  test("holds a signal also after the program has stopped listening", async () => {
    const host = new EventEmitter();
    holdSignals(host, ["SIGHUP"]);
    const heard: string[] = [];
    const listener = (signal: string) => heard.push(signal);
    host.on("SIGHUP", listener);
    host.off("SIGHUP", listener);
    expect(host.emit("SIGHUP", "SIGHUP")).toBe(true);
    host.on("SIGHUP", listener);
    await turn();
    expect(heard).toEqual(["SIGHUP"]);
  });
});

describe("closeInspector", () => {
  function setUp(more: Partial<InspectorHost> = {}) {
    vi.useFakeTimers();
    let url: string | undefined;
    const inspector = {
      url: () => url,
      close: () => {
        url = undefined;
      },
    };
    const host = { execArgv: [], env: {}, getBuiltinModule: () => inspector, ...more };
    const open = () => {
      url = "ws://127.0.0.1:9229/";
    };
    return { host, open, url: () => url };
  }

  test("closes one that is open, and one that opens a moment later", ({ onTestFinished }) => {
    const { host, open, url } = setUp();
    onTestFinished(() => void vi.useRealTimers());
    open();
    closeInspector(host);
    expect(url()).toBeUndefined();
    open();
    vi.runAllTimers();
    expect(url()).toBeUndefined();
  });

  test.for<[string, Partial<InspectorHost>]>([
    ["--inspect", { execArgv: ["--inspect"] }],
    ["--inspect-brk=9300", { execArgv: ["--inspect-brk=9300"] }],
    ["NODE_OPTIONS", { env: { NODE_OPTIONS: "--no-warnings --inspect=0" } }],
  ])("not one that is asked for by %s", ([, more], { onTestFinished }) => {
    const { host, open, url } = setUp(more);
    onTestFinished(() => void vi.useRealTimers());
    open();
    closeInspector(host);
    expect(url()).toBeDefined();
  });

  test("an address alone opens none", ({ onTestFinished }) => {
    const { host, open, url } = setUp({ execArgv: [NO_INSPECTOR] });
    onTestFinished(() => void vi.useRealTimers());
    open();
    closeInspector(host);
    expect(url()).toBeUndefined();
  });

  test("has no effect in a Node.js without the function", () => closeInspector({ execArgv: [], env: {} }));
});

test.for([
  [[], [NO_INSPECTOR]],
  [["--no-warnings"], [NO_INSPECTOR, "--no-warnings"]],
  [["--inspect"], ["--inspect"]],
  [[NO_INSPECTOR], [NO_INSPECTOR]],
])("arguments of Node.js %j for a second start: %j", ([before = [], after]) =>
  expect(withoutInspector(before)).toEqual(after),
);
