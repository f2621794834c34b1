import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { ManualClock } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { createRunner, type RunRequest, SpawnError } from "../src/index.ts";
import { type FakeProcess, FakeSpawner } from "./fake-spawner.ts";

const [TERM, INT, KILL] = [15, 2, 9];

function setUp() {
  const clock = new ManualClock();
  const spawner = new FakeSpawner();
  const warnings: string[] = [];
  const runner = createRunner({ spawner, clock, logger: { warn: (text) => warnings.push(text) } });
  const start = async (request: Partial<RunRequest> = {}) => {
    const outcome = runner.run({ commandLine: Buffer.from("/x/plugin a"), timeoutMs: 5000, ...request });
    await Promise.resolve(); // the fake starts at once
    await Promise.resolve();
    await Promise.resolve();
    return { outcome, process: spawner.processes.at(-1) as FakeProcess };
  };
  return { clock, spawner, runner, start, warnings };
}

describe("normal end", () => {
  test("waits for exit and for the end of both streams, in either order", async () => {
    for (const order of ["exit first", "end first"]) {
      const { start, clock, runner } = setUp();
      const { outcome, process } = await start();
      process.listener.data("stdout", Buffer.from("a"));
      if (order === "exit first") process.listener.exit({ code: 1 });
      else process.listener.end();
      expect(runner.active).toBe(1);
      process.listener.data("stdout", Buffer.from("b"));
      if (order === "exit first") process.listener.end();
      else process.listener.exit({ code: 1 });
      expect(await outcome).toMatchObject({
        exec: "exec",
        exitCode: 1,
        stdout: Buffer.from("ab"),
        timedOut: false,
      });
      expect(process.signals).toEqual([]); // detached helpers survive
      expect(clock.pending).toBe(0);
      expect(runner.active).toBe(0);
    }
  });

  test("a signal is not an exit code", async () => {
    const { start } = setUp();
    const { outcome, process } = await start();
    process.listener.end();
    process.listener.exit({ signal: 11 });
    const end = await outcome;
    expect(end.signal).toBe(11);
    expect(end).not.toHaveProperty("exitCode");
  });

  test("assignments of the command follow the environment of the request", async () => {
    const { start } = setUp();
    const { process } = await start({
      commandLine: Buffer.from("A=2 /x b"),
      env: { A: "1", B: Buffer.from([0xff]) },
    });
    expect(process.request.env.map((entry) => entry.toString("latin1"))).toEqual(["A=1", "B=\xff", "A=2"]);
  });

  test("a shell line is passed unchanged", async () => {
    const { start } = setUp();
    const { process } = await start({ commandLine: Buffer.from("A=2 /x; b") });
    const argv = ["/bin/sh", "-c", "A=2 /x; b"].map((word) => Buffer.from(word));
    expect(process.request).toMatchObject({ argv, env: [] });
  });
});

describe("bounded capture", () => {
  test("keeps the limit per stream, counts and logs the rest once", async () => {
    const { start, warnings } = setUp();
    const { outcome, process } = await start({ maxOutputBytes: 4 });
    for (const text of ["abc", "def", "ghi"]) process.listener.data("stdout", Buffer.from(text));
    process.listener.data("stderr", Buffer.from("1234"));
    process.listener.exit({ code: 0 });
    process.listener.end();
    expect(await outcome).toMatchObject({
      stdout: Buffer.from("abcd"),
      stderr: Buffer.from("1234"),
      truncatedBytes: 5,
    });
    expect(warnings).toEqual(["plugin output exceeds 4 bytes, cutting off"]);
  });
});

describe("timeout ladder (worker.md 4.4)", () => {
  test("TERM at T, INT a second later, KILL another second later; then a result without a leader", async () => {
    const { start, clock, runner } = setUp();
    const { outcome, process } = await start();
    clock.tick(4999);
    expect(process.signals).toEqual([]);
    clock.tick(1);
    expect(process.signals).toEqual([TERM]);
    clock.tick(1000);
    expect(process.signals).toEqual([TERM, INT]);
    clock.tick(1000);
    expect(process.signals).toEqual([TERM, INT, KILL]);
    expect(await outcome).toMatchObject({ timedOut: true, aborted: false });
    expect(process.released).toBe(true);
    expect(runner.active).toBe(0);
    process.listener.exit({ signal: KILL }); // reaped afterwards: no effect
    expect(clock.pending).toBe(0);
  });

  test("a plugin that cannot be killed has its result; it is counted, and logged once a minute", async () => {
    const { start, clock, runner, warnings } = setUp();
    const runs = [await start(), await start()];
    for (const { process } of runs) process.kill = () => false; // EPERM: the process belongs to another user now
    clock.tick(5000);
    for (const { outcome } of runs) expect(await outcome).toMatchObject({ timedOut: true });
    expect(runner.active).toBe(0);
    clock.tick(999);
    expect(runner.unkillable).toBe(0);
    clock.tick(1);
    expect(runner.unkillable).toBe(2);
    expect(warnings).toEqual(["plugin cannot be killed and keeps running without the worker: process 4711"]);
    expect(clock.pending).toBe(0);
  });

  test("a leader that ends on TERM returns the result at once; the rest of the group is killed afterwards", async () => {
    const { start, clock, runner } = setUp();
    const { outcome, process } = await start();
    clock.tick(5000);
    process.listener.exit({ signal: TERM });
    expect(await outcome).toMatchObject({ timedOut: true });
    expect(runner.active).toBe(1);
    clock.tick(2000);
    expect(process.signals).toEqual([TERM, INT, KILL]);
    expect(runner.active).toBe(0);
  });

  test("stops as soon as the group is empty", async () => {
    const { start, clock, runner } = setUp();
    const { outcome, process } = await start();
    clock.tick(5000);
    process.groupAlive = false;
    process.listener.exit({ signal: TERM });
    await outcome;
    expect(clock.pending).toBe(0);
    expect(runner.active).toBe(0);
    expect(process.signals).toEqual([TERM]);
  });

  test("D26: the leader has exited and a descendant holds stdout: exit code and output, no timeout, no kill", async () => {
    const { start, clock } = setUp();
    const { outcome, process } = await start();
    process.listener.data("stdout", Buffer.from("OK"));
    process.listener.exit({ code: 0 });
    clock.tick(5000);
    expect(await outcome).toMatchObject({ timedOut: false, exitCode: 0, stdout: Buffer.from("OK") });
    expect(process.signals).toEqual([]);
    expect(process.released).toBe(true);
    expect(clock.pending).toBe(0);
  });
});

describe("abortAll (worker.md 8.5)", () => {
  test("TERM, a second, KILL to the whole group; the outcome is aborted", async () => {
    const { start, clock, runner } = setUp();
    const { outcome, process } = await start();
    const done = runner.abortAll();
    expect(process.signals).toEqual([TERM]);
    clock.tick(1000);
    expect(process.signals).toEqual([TERM, KILL]);
    expect(await outcome).toMatchObject({ aborted: true, timedOut: false });
    await done;
    process.listener.exit({ signal: KILL });
    expect(clock.pending).toBe(0);
  });

  test("at once: KILL without waiting, also for one that is being terminated", async () => {
    const { start, clock, runner } = setUp();
    const { outcome, process } = await start();
    const graceful = runner.abortAll();
    const hurried = runner.abortAll("at once");
    expect(process.signals).toEqual([TERM, KILL]);
    await Promise.all([outcome, graceful, hurried]);
    process.listener.exit({ signal: KILL });
    expect(clock.pending).toBe(0);
  });

  test("a descendant that holds stdout after the leader has ended is killed too", async () => {
    const { start, clock, runner } = setUp();
    const { outcome, process } = await start();
    process.listener.exit({ code: 0 });
    const done = runner.abortAll();
    expect(await outcome).toMatchObject({ aborted: true });
    clock.tick(1000);
    await done;
    expect(process.signals).toEqual([TERM, KILL]);
  });

  test("a group still being killed in the background after a timeout gets KILL now", async () => {
    const { start, clock, runner } = setUp();
    const { outcome, process } = await start();
    clock.tick(5000);
    process.listener.exit({ signal: TERM });
    expect((await outcome).aborted).toBe(false);
    await runner.abortAll();
    expect(process.signals).toEqual([TERM, KILL]);
  });

  test("resolves without runs", async () => {
    const { runner } = setUp();
    await runner.abortAll();
    expect(runner.active).toBe(0);
  });
});

describe("nothing was started", () => {
  test("the errno is reported, no run stays active", async () => {
    const { runner, spawner, clock } = setUp();
    spawner.error = new SpawnError("EMFILE", "too many open files");
    const outcome = await runner.run({ commandLine: Buffer.from("/x"), timeoutMs: 1 });
    expect(outcome).toMatchObject({ exec: "error", error: { errno: "EMFILE", text: "too many open files" } });
    expect(runner.active).toBe(0);
    expect(clock.pending).toBe(0);
  });

  test("an error of the spawner itself is an outcome too", async () => {
    const { runner, spawner } = setUp();
    spawner.error = new TypeError("defect");
    const outcome = await runner.run({ commandLine: Buffer.from("/x"), timeoutMs: 1 });
    expect(outcome.error).toEqual({ errno: "EUNKNOWN", text: "defect" });
  });

  test("directOnly refuses the shell", async () => {
    const { runner, spawner } = setUp();
    const outcome = await runner.run({ commandLine: Buffer.from("/x; id"), timeoutMs: 1, directOnly: true });
    expect(outcome.error).toEqual({ errno: "ENOEXEC", text: "command needs a shell" });
    expect(spawner.processes).toEqual([]);
  });
});

test("each run is published when it starts and when it ends", async () => {
  const { start } = setUp();
  const seen: unknown[] = [];
  const listen = (message: unknown) => void seen.push(message);
  subscribe("mod-gearman:runner:start", listen);
  subscribe("mod-gearman:runner:finish", listen);
  const { outcome, process } = await start();
  process.listener.exit({ code: 2 });
  process.listener.end();
  await outcome;
  unsubscribe("mod-gearman:runner:start", listen);
  unsubscribe("mod-gearman:runner:finish", listen);
  expect(seen).toEqual([
    { active: 1 },
    expect.objectContaining({ exec: "exec", exitCode: 2, timedOut: false, tookMicros: expect.any(BigInt) }),
  ]);
});

test("close closes the spawner", () => {
  const { runner, spawner } = setUp();
  runner.close();
  expect(spawner.closed).toBe(true);
});
