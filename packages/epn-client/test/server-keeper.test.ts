import { existsSync, mkdirSync, statSync, utimesSync } from "node:fs";
import { dirname, join } from "node:path";
import { settle, tmpFolder, waitFor } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { FakeEpn } from "./fake-epn-servers.ts";

const OK = { rc: 0, stdout: "OK" };
const SETTINGS = { script: "/server.pl", keepCompiled: true, verbosity: 0 } as const;
/** No process has this id: its group cannot be signalled. */
const NO_PROCESS = 2 ** 30;

describe("start", () => {
  test("plugins are accepted once the server is ready, over a socket in its own folder", async (context) => {
    const fake = new FakeEpn(context);
    expect(fake.refusal()).toBe("no server");
    const started = fake.epn.start();
    expect(fake.refusal()).toBe("no server");
    fake.last.ready();
    expect(await started).toBe(true);
    expect(await fake.epn.start()).toBe(true);
    expect(fake.servers).toHaveLength(1);
    expect(fake.last.options.settings).toMatchObject(SETTINGS);
    const { socketPath } = await fake.run();
    expect(socketPath).toBe(fake.last.options.socketPath);
    expect(statSync(dirname(socketPath)).mode & 0o777).toBe(0o700);
    expect(fake.logger.lines).toEqual(["info: embedded Perl: server ready, pid 1000000"]);
  });

  test("each failed attempt is an error; delays grow to a minute", async (context) => {
    const fake = new FakeEpn(context);
    const delays: string[] = [];
    for (let attempt = 0; attempt < 8; attempt++) {
      const started = fake.epn.start();
      fake.last.gone("exit code 2");
      expect(await started).toBe(false);
      expect(existsSync(dirname(fake.last.options.socketPath))).toBe(false);
      delays.push(/next attempt in (\d+) s/.exec(fake.logger.lines.at(-1) ?? "")?.[1] ?? "");
      const before = fake.servers.length;
      fake.clock.tick((fake.clock.nextInMs ?? 0) - 1);
      expect(fake.servers).toHaveLength(before);
      fake.clock.tick(1);
      expect(fake.servers).toHaveLength(before + 1);
    }
    expect(delays).toEqual(["1", "2", "4", "8", "16", "32", "60", "60"]);
    expect(fake.logger.lines[0]).toBe(
      "error: embedded Perl: the server does not start: exit code 2; Perl plugins run as programs, next attempt in 1 s",
    );
  });

  test("the folder of a killed worker is removed at the next start", async (context) => {
    const folder = tmpFolder(context);
    const dead = join(folder, "mod-gearman-epn-dead");
    mkdirSync(dead);
    const hourAgo = Date.now() / 1000 - 3601;
    utimesSync(dead, hourAgo, hourAgo);
    const fake = new FakeEpn(context, { folder });
    void fake.epn.start();
    await waitFor("the end of the folder", () => !existsSync(dead));
    expect(existsSync(dirname(fake.last.options.socketPath))).toBe(true);
  });

  test("a process that cannot be started is a failed attempt", async (context) => {
    const fake = new FakeEpn(context);
    fake.launchError = new Error("out of processes");
    expect(await fake.epn.start()).toBe(false);
    expect(fake.logger.lines[0]).toContain("the server does not start: out of processes");
    fake.clock.tick(1000);
    fake.last.ready();
    expect(fake.refusal()).toBeUndefined();
  });

  test("a missing folder and one with too long a name are failed attempts as well", async (context) => {
    for (const folder of ["/not/there", `/${"x".repeat(100)}`]) {
      const fake = new FakeEpn(context, { folder });
      expect(await fake.epn.start()).toBe(false);
      expect(fake.logger.lines[0]).toMatch(/does not start: (ENOENT|ENAMETOOLONG)/);
    }
  });
});

describe("the server ends by itself", () => {
  test("it is restarted a second later; after a long life the delays restart", async (context) => {
    const fake = new FakeEpn(context);
    await fake.start();
    for (const lifeMs of [0, 0, 60_000, 0]) {
      fake.clock.tick(lifeMs);
      fake.last.gone("SIGKILL");
      expect(fake.refusal()).toBe("no server");
      expect(fake.logger.lines.at(-1)).toBe("error: embedded Perl: the server has ended: SIGKILL");
      const delayMs = fake.clock.nextInMs ?? 0;
      fake.clock.tick(delayMs);
      fake.last.ready();
      fake.logger.lines.push(`waited ${delayMs}`);
    }
    const waited = fake.logger.lines.filter((line) => line.startsWith("waited"));
    expect(waited).toEqual(["waited 1000", "waited 2000", "waited 1000", "waited 2000"]);
  });

  test("running plugins are returned to the caller after the remaining bytes were read", async (context) => {
    const fake = new FakeEpn(context);
    await fake.start();
    const [first, second] = [await fake.run("a"), await fake.run("b")];
    await first.answer({ pid: NO_PROCESS });
    fake.last.gone("SIGKILL");
    await first.answer(OK);
    await fake.clock.advance(1000);
    expect(first.outcomes).toMatchObject([{ exitCode: 0, stdout: Buffer.from("OK") }]);
    expect(second.outcomes).toEqual([{ unavailable: "the server has ended: SIGKILL" }]);
    expect(fake.epn.active).toBe(0);
  });

  test("a plugin that was running at two ends is not embedded for an hour, unless it changes", async (context) => {
    const fake = new FakeEpn(context);
    await fake.start();
    for (const connectionEnds of ["before the process", "after it"]) {
      const compiling = await fake.run("guilty");
      const running = await fake.run("innocent");
      await running.answer({ pid: NO_PROCESS });
      if (connectionEnds === "before the process") compiling.peer.destroy();
      await settle();
      fake.last.gone();
      await fake.clock.advance(fake.clock.nextInMs ?? 0);
      await fake.clock.advance(2000);
      fake.last.ready();
    }
    expect(fake.refusal("guilty")).toBe("the server died with it");
    expect(fake.refusal("innocent")).toBeUndefined();
    expect(fake.refusal("guilty, changed")).toBeUndefined();
    expect(fake.logger.lines).toContain(
      "warn: embedded Perl: /x/guilty runs as a program for an hour: the server failed twice with it",
    );
    expect(fake.epn.describe()).toEqual([
      expect.stringMatching(
        /^embedded Perl: server pid \d+, \d+ running, 3 started so far, \d+ given back, 1 not embedded$/,
      ),
    ]);
    await fake.epn.abortAll();
    fake.clock.tick(3_600_000);
    expect(fake.refusal("guilty")).toBeUndefined();
  });

  test("a completed run of the plugin in between resets the count", async (context) => {
    const fake = new FakeEpn(context);
    await fake.start();
    for (let death = 0; death < 3; death++) {
      await (await fake.run("a")).answer(OK);
      await fake.run("a");
      fake.last.gone();
      await fake.clock.advance(60_000);
      fake.last.ready();
    }
    expect(fake.refusal("a")).toBeUndefined();
  });
});

describe("a new server replaces the old one", () => {
  test("unchanged settings have no effect", async (context) => {
    const fake = new FakeEpn(context);
    await fake.start();
    fake.epn.reload({ ...SETTINGS, perl: "perl" });
    expect(fake.servers).toHaveLength(1);
  });

  test("other settings: the new one is ready first, the old one ends after its running plugins", async (context) => {
    const fake = new FakeEpn(context);
    const old = await fake.start();
    const run = await fake.run();
    fake.epn.reload({ ...SETTINGS, verbosity: 2 });
    expect(fake.last.options.settings.verbosity).toBe(2);
    expect((await fake.run()).socketPath).toBe(old.options.socketPath);
    fake.last.ready();
    expect((await fake.run()).socketPath).toBe(fake.last.options.socketPath);
    expect(old.calls).toEqual([]);
    await run.answer(OK);
    expect(old.calls).toEqual([]);
  });

  test("the old one is asked to end once nothing runs in it", async (context) => {
    const fake = new FakeEpn(context);
    const old = await fake.start();
    const run = await fake.run();
    fake.epn.reload({ ...SETTINGS, keepCompiled: false });
    fake.last.ready();
    await run.answer(OK);
    expect(run.outcomes).toMatchObject([{ exitCode: 0 }]);
    expect(old.calls).toEqual(["drain"]);
    old.gone("exit code 0");
    expect(fake.logger.lines.filter((line) => line.startsWith("error"))).toEqual([]);
  });

  test("plugins running in the old one for more than a minute are returned to the caller", async (context) => {
    const fake = new FakeEpn(context);
    const old = await fake.start();
    const run = await fake.run("long", { timeoutMs: 300_000 });
    await run.answer({ pid: NO_PROCESS });
    fake.epn.reload({ ...SETTINGS, keepCompiled: false });
    fake.last.ready();
    await fake.clock.advance(59_999);
    expect(old.calls).toEqual([]);
    await fake.clock.advance(1);
    expect(old.calls).toEqual(["now"]);
    old.gone("exit code 0");
    await fake.clock.advance(1000);
    expect(run.outcomes).toEqual([{ unavailable: "the server has ended: exit code 0" }]);
  });

  test("if the new one does not start, the old one stays in use", async (context) => {
    const fake = new FakeEpn(context);
    const old = await fake.start();
    fake.epn.reload({ ...SETTINGS, script: "/other.pl" });
    fake.last.gone("exit code 2");
    expect(fake.logger.lines.at(-1)).toContain("the previous server stays in use, next attempt in 1 s");
    expect((await fake.run()).socketPath).toBe(old.options.socketPath);
    fake.clock.tick(1000);
    fake.last.ready();
    expect((await fake.run()).socketPath).toBe(fake.last.options.socketPath);
  });

  test("settings that change while a server starts", async (context) => {
    const fake = new FakeEpn(context);
    const started = fake.epn.start();
    const first = fake.last;
    fake.epn.reload({ ...SETTINGS, verbosity: 1 });
    expect(first.calls).toEqual(["drain"]);
    first.ready();
    expect(fake.refusal()).toBe("no server");
    fake.last.ready();
    expect(await started).toBe(true);
    expect(fake.refusal()).toBeUndefined();
  });

  test("a log line that indicates damage replaces the server, at most once a minute", async (context) => {
    const fake = new FakeEpn(context);
    const old = await fake.start();
    old.options.events.damage("Fatal glibc error:");
    old.options.events.damage("Fatal glibc error:");
    expect(fake.servers).toHaveLength(2);
    expect(fake.refusal()).toBeUndefined();
    fake.last.ready();
    fake.last.options.events.damage("Fatal glibc error:");
    expect(fake.servers).toHaveLength(2);
    fake.clock.tick(60_000);
    old.options.events.damage("of one that has been replaced");
    expect(fake.servers).toHaveLength(2);
    fake.last.options.events.damage("Fatal glibc error:");
    expect(fake.servers).toHaveLength(3);
    expect(fake.logger.lines).toContain(
      'warn: embedded Perl: the server is replaced, it said "Fatal glibc error:"',
    );
  });

  test("a result that indicates damage is returned; the second one ends the embedding", async (context) => {
    const fake = new FakeEpn(context);
    await fake.start();
    for (let time = 0; time < 2; time++) {
      const run = await fake.run("confesses");
      await run.answer({ rc: 2, stdout: "at /y/mod_gearman_worker_epn.pl line 9" });
      expect(run.outcomes).toEqual([{ unavailable: expect.stringContaining("its output has") }]);
    }
    expect(fake.servers).toHaveLength(2);
    expect(fake.refusal("confesses")).toBe("the server died with it");
  });
});

describe("a server that does not answer", () => {
  test("a run is returned after half of its time; the third in a row ends the server", async (context) => {
    const fake = new FakeEpn(context);
    const old = await fake.start();
    for (let time = 1; time <= 3; time++) {
      expect(fake.refusal()).toBeUndefined();
      const run = await fake.run(`p${time}`, { timeoutMs: 4000 });
      await fake.clock.advance(1999);
      expect(run.outcomes).toEqual([]);
      await fake.clock.advance(1);
      expect(run.outcomes).toEqual([{ unavailable: "no answer for 2000 ms" }]);
    }
    expect(fake.refusal()).toBe("no server");
    fake.clock.tick(1000);
    fake.last.ready();
    expect(fake.refusal()).toBeUndefined();
    expect(old.calls).toEqual([]);
    await fake.clock.advance(60_000);
    expect(old.calls).toEqual(["drain"]);
  });

  test("an answer in between resets the count", async (context) => {
    const fake = new FakeEpn(context);
    await fake.start();
    for (let time = 0; time < 5; time++) {
      await fake.run("slow", { timeoutMs: 4000 });
      await fake.clock.advance(2000);
      await (await fake.run("fast")).answer(OK);
    }
    expect(fake.servers).toHaveLength(1);
  });

  test.for([
    ["ENOENT", "no server"],
    ["ECONNREFUSED", "no server"],
    ["EMFILE", undefined],
  ] as const)("three connections in a row that fail with %s", async ([code, refusal], context) => {
    const fake = new FakeEpn(context);
    await fake.start();
    for (let time = 0; time < 3; time++) {
      fake.connectError = Object.assign(new Error(`connect ${code}`), { code });
      const { outcomes } = await fake.run(`p${time}`);
      expect(outcomes).toEqual([{ unavailable: `connect ${code}` }]);
    }
    expect(fake.refusal()).toBe(refusal);
  });

  test("at most fifteen seconds", async (context) => {
    const fake = new FakeEpn(context);
    await fake.start();
    const run = await fake.run("p", { timeoutMs: 300_000 });
    await fake.clock.advance(15_000);
    expect(run.outcomes).toEqual([{ unavailable: "no answer for 15000 ms" }]);
    expect(fake.refusal()).toBe("no server");
    expect(fake.logger.lines).toContain(
      "error: embedded Perl: the server cannot be reached or does not answer, it is replaced",
    );
  });
});

describe("shutdown", () => {
  test("drain: no more plugins, running ones may end", async (context) => {
    const fake = new FakeEpn(context);
    const server = await fake.start();
    const run = await fake.run();
    const drained = fake.epn.drain();
    expect(fake.refusal()).toBe("no server");
    await settle();
    expect(server.calls).toEqual([]);
    await run.answer(OK);
    expect(run.outcomes).toMatchObject([{ exitCode: 0 }]);
    expect(server.calls).toEqual(["now"]);
    server.gone("exit code 0");
    await drained;
    expect(fake.clock.pending).toBe(0);
  });

  test("drain waits a minute at most", async (context) => {
    const fake = new FakeEpn(context);
    const server = await fake.start();
    await (await fake.run("p", { timeoutMs: 300_000 })).answer({ pid: NO_PROCESS });
    void fake.epn.drain();
    await fake.clock.advance(60_000);
    expect(server.calls).toEqual(["now"]);
  });

  test("close ends servers that run, start and drain; a second call has no effect", async (context) => {
    const fake = new FakeEpn(context);
    await fake.start();
    await fake.run();
    fake.epn.reload({ ...SETTINGS, verbosity: 1 });
    fake.last.ready();
    fake.epn.reload({ ...SETTINGS, verbosity: 2 });
    const closed = fake.epn.close();
    expect(fake.servers.map(({ calls }) => calls)).toEqual([["now"], ["now"], ["now"]]);
    for (const server of fake.servers) server.gone("exit code 0");
    await closed;
    await fake.epn.close();
    expect(await fake.epn.start()).toBe(false);
    expect(existsSync(dirname(fake.last.options.socketPath))).toBe(false);
    expect(fake.servers).toHaveLength(3);
  });

  test("abandon kills before it returns", async (context) => {
    const fake = new FakeEpn(context);
    const server = await fake.start();
    const run = await fake.run();
    fake.epn.abandon();
    expect(server.calls).toEqual(["kill"]);
    expect(run.outcomes).toMatchObject([{ aborted: true }]);
    expect(existsSync(dirname(server.options.socketPath))).toBe(false);
  });
});
