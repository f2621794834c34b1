import { EventEmitter, once } from "node:events";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { systemClock } from "@mod-gearman/base";

import { nodeFiles } from "@mod-gearman/config";
import { nullSink } from "@mod-gearman/observe";
import { ManualClock, RecordedService, tmpFolder, waitFor } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";

import { run as program } from "../src/run.ts";
import type { World } from "../src/world.ts";
import { FakeShim } from "./fake-shim.ts";

function world(): World & {
  out: string[];
  err: string[];
  signals: EventEmitter;
  listening: Promise<unknown>;
  service: RecordedService;
} {
  const out: string[] = [];
  const err: string[] = [];
  const signals = new EventEmitter();
  return {
    argv: [],
    files: nodeFiles,
    clock: systemClock,
    nowMicros: () => BigInt(Date.now()) * 1000n,
    print: (text) => out.push(text),
    printError: (text) => err.push(text),
    ownLog: nullSink,
    outputLog: nullSink,
    hostName: "monhost",
    pid: process.pid,
    version: "1.2.3",
    workingFolder: "/",
    hasLogger: () => false,
    logFileProblem: () => undefined,
    serveMetrics: () => Promise.reject(new Error("not here")),
    serveAdmin: () => Promise.reject(new Error("not here")),
    isAlive: () => true,
    hideMemory: () => undefined,
    service: new RecordedService(),
    onSignal: (handler) => {
      signals.on("signal", handler);
      signals.emit("listening"); // the program registers for signals once it listens
    },
    out,
    err,
    signals,
    listening: once(signals, "listening"),
  };
}

const run = (argv: readonly string[], outside: World): Promise<number> => program({ ...outside, argv });

describe("without serving", () => {
  test("--help and --version end with 0", async () => {
    const d = world();
    expect(await run(["--help"], d)).toBe(0);
    expect(d.out.join("")).toContain("--bridge-socket");
    expect(await run(["--version"], d)).toBe(0);
    expect(d.out.at(-1)).toBe("mod_gearman_bridge: version 1.2.3\n");
  });

  test("no socket: 2, and the text contains what is missing", async () => {
    const d = world();
    expect(await run([], d)).toBe(2);
    expect(d.err.join("")).toContain("--bridge-socket=PATH is needed");
  });

  test("--check-config of a module.conf: 0 with the settings in effect, the key not shown", async (context) => {
    const folder = tmpFolder(context);
    const file = join(folder, "module.conf");
    writeFileSync(
      file,
      "server=localhost:4731\nkey=secret-secret-secret-secret\nservices=yes\ndupserver=other\nlogmode=syslog\n",
      { mode: 0o600 },
    );
    const d = world();
    expect(await run(["--check-config", `--config=${file}`], d)).toBe(0);
    const text = d.out.join("");
    expect(text).toContain("localhost:4731");
    expect(text).toContain(`${file}:1`);
    expect(text).toContain(`${file}:4: dupserver has no effect: workers send the copies`);
    expect(text).toContain("Warnings: 2\n");
    expect(text).toMatch(/ {2}logmode syslog has no effect: no program logger in PATH, [^\n]*\n$/);
    expect(text).toMatch(/ core-pid +=/);
    expect(text).not.toContain("secret-secret");
  });

  test("--check-config refuses more groups than the module accepts", async (context) => {
    const file = join(tmpFolder(context), "module.conf");
    const groups = Array.from({ length: 10_001 }, (_, at) => `g${at}`).join(",");
    writeFileSync(file, `server=localhost\nencryption=no\nhostgroups=${groups}\n`);
    const d = world();
    expect(await run(["--check-config", `--config=${file}`], d)).toBe(2);
    expect(d.err.join("")).toContain("name 10001 groups");
    expect(d.out.join("")).toMatch(/Warnings: 1\n[^\n]* name 10001 groups[^\n]*\n$/);
  });

  test("--check-config of an unusable one: 2 with the reason", async (context) => {
    const file = join(tmpFolder(context), "module.conf");
    writeFileSync(file, "services=yes\n");
    const d = world();
    expect(await run(["--check-config", `--config=${file}`], d)).toBe(2);
    expect(d.err).toEqual([expect.stringContaining("please specify at least one server")]);
    expect(d.err.join("")).not.toContain("No warnings.");
  });
});

describe("serving", () => {
  test("listens on a socket for its owner only, and removes it at the end", async (context) => {
    const socket = join(tmpFolder(context), "bridge.sock");
    const d = world();
    const code = run([`--bridge-socket=${socket}`], d);
    await d.listening;
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    const client = createConnection(socket);
    await once(client, "connect");
    client.destroy();
    d.signals.emit("signal", "stop");
    expect(await code).toBe(0);
    expect(statSync(socket, { throwIfNoEntry: false })).toBeUndefined();
  });

  test("tells the service manager what it does", async (context) => {
    const socket = join(tmpFolder(context), "bridge.sock");
    const d = world();
    const code = run([`--bridge-socket=${socket}`], d);
    await d.listening;
    await waitFor("readiness", () => d.service.states.includes("ready"));
    expect(statSync(socket).isSocket()).toBe(true);
    expect(d.service.status()).toContain("core: away, job server: away");
    d.signals.emit("signal", "reopen");
    d.signals.emit("signal", "stop");
    await code;
    expect(d.service.states).toEqual(["ready", "reloading", "ready", "stopping"]);
  });

  test("a socket of a dead bridge is replaced, that of a living one is not", async (context) => {
    const socket = join(tmpFolder(context), "bridge.sock");
    const first = world();
    const code = run([`--bridge-socket=${socket}`], first);
    await first.listening;
    const second = world();
    expect(await run([`--bridge-socket=${socket}`], second)).toBe(1);
    expect(second.err.join("")).toContain("another bridge already listens");
    first.signals.emit("signal", "stop");
    expect(await code).toBe(0);
  });

  test("an upgraded module ends the bridge that it started; of a service it is served", async (context) => {
    const hello = async (socket: string, version: string): Promise<FakeShim> => {
      const client = createConnection(socket);
      await once(client, "connect");
      const shim = new FakeShim(client);
      shim.hello({ pid: process.pid, shim_version: Buffer.from(version) });
      await waitFor("an answer", () => shim.received.length > 0);
      return shim;
    };
    const answers = async (socket: string): Promise<unknown[]> => {
      const shims = [];
      for (const version of ["1.0.0", "1.0.0", "1.1.0"]) shims.push(await hello(socket, version));
      return shims.map((shim) => shim.received[0]?.name);
    };
    const socket = join(tmpFolder(context), "bridge.sock");
    const own = world();
    const code = run([`--bridge-socket=${socket}`, `--core-pid=${process.pid}`], own);
    await own.listening;
    expect(await answers(socket)).toEqual(["WELCOME", "WELCOME", "BYE"]);
    expect(await code).toBe(0);
    const service = world();
    const ended = run([`--bridge-socket=${socket}`], service);
    await service.listening;
    expect(await answers(socket)).toEqual(["WELCOME", "WELCOME", "WELCOME"]);
    service.signals.emit("signal", "stop");
    expect(await ended).toBe(0);
  });

  test("a file that is no socket is left alone", async (context) => {
    const path = join(tmpFolder(context), "precious.txt");
    writeFileSync(path, "do not remove");
    const d = world();
    expect(await run([`--bridge-socket=${path}`], d)).toBe(1);
    expect(d.err.join("")).toContain("is not a socket");
    expect(statSync(path).size).toBe(13);
  });

  test("the folder that the module created for it is removed at the end", async (context) => {
    const folder = join(tmpFolder(context), "mod_gearman-bridge-abcdef");
    mkdirSync(folder, 0o700);
    const d = world();
    const code = run([`--bridge-socket=${folder}/bridge.sock`, `--core-pid=${process.pid}`], d);
    await d.listening;
    expect(readdirSync(folder)).toEqual(["bridge.sock"]);
    d.signals.emit("signal", "stop");
    expect(await code).toBe(0);
    expect(existsSync(folder)).toBe(false);
  });

  test("tmp-squat: a bridge whose folder now belongs to another user ends if it has no core", async (context) => {
    const folder = join(tmpFolder(context), "mod_gearman-bridge-abcdef");
    mkdirSync(folder, 0o700);
    const clock = new ManualClock();
    const d = { ...world(), clock };
    const code = run([`--bridge-socket=${folder}/bridge.sock`, `--core-pid=${process.pid}`], d);
    await d.listening;
    rmSync(folder, { recursive: true });
    writeFileSync(folder, "");
    await clock.advance(2000);
    expect(await code).toBe(0);
    expect(statSync(folder).isFile()).toBe(true);
  });

  test("ends with the core that started it", async (context) => {
    const socket = join(tmpFolder(context), "bridge.sock");
    const unusedPid = 4_194_303; // the highest process id; not given out on a machine with few processes
    expect(await run([`--bridge-socket=${socket}`, `--core-pid=${unusedPid}`], world())).toBe(0);
  });
});
