import { AdminConnection } from "@mod-gearman/client";
import { nodeFiles } from "@mod-gearman/config";
import { FakeJobServer, ManualClock, settle } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { run as program } from "../src/run.ts";
import type { Session } from "../src/session.ts";
import type { World } from "../src/world.ts";
import { playing } from "./scene.ts";

const run = (argv: readonly string[], world: World): Promise<number> => program({ ...world, argv });

function worldWith(more: Partial<World> = {}) {
  const clock = new ManualClock();
  const server = new FakeJobServer(playing({ status: "a\t3\t1\t2\n" }));
  const stop = Promise.withResolvers<void>();
  const seen = { out: "", err: [] as string[], session: undefined as Session | undefined };
  const world: World = {
    argv: [],
    files: nodeFiles,
    version: "1.2.3",
    print: async (bytes) => {
      seen.out += String(bytes);
    },
    printError: (line) => seen.err.push(line),
    isTerminal: true,
    stopped: stop.promise,
    query: (address, commands, options) =>
      AdminConnection.query(address, commands, { ...options, duplex: server.connect, clock }),
    clock,
    date: () => new Date(2026, 10, 21, 8, 3, 0),
    show: async (session) => {
      seen.session = session;
      await session.ended;
    },
    ...more,
  };
  return { world, seen, clock, server, stop };
}

test("on a terminal: a session with the options, until a key ends it", async () => {
  const { world, seen, clock, server } = worldWith();
  const ended = run(["-H", "h:1", "-H", "h:2", "-q", "--colours"], world);
  await clock.advance(1000);
  expect(server.attempts).toEqual(["h:1", "h:2", "h:1", "h:2"]);
  expect(seen.session?.state).toMatchObject({
    hideEmpty: true,
    controls: { colours: true, highlight: true },
  });
  seen.session?.press({ name: "char", char: "q" });
  expect(await ended).toBe(0);
  expect([seen.out, seen.err, clock.pending]).toEqual(["", [], 0]);
});

test("a screen that breaks ends the session too", async () => {
  const { world, clock } = worldWith({ show: () => Promise.reject(new Error("broken")) });
  await expect(run(["-H", "h:1"], world)).rejects.toThrow("broken");
  await settle();
  expect(clock.pending).toBe(0);
});

describe("batch", () => {
  test("once without -i", async () => {
    const { world, seen } = worldWith();
    expect(await run(["-b", "-H", "h:1"], world)).toBe(0);
    expect(seen.out.split("\n").slice(0, 3)).toEqual([
      "2026-11-21 08:03:00  -  h:1  -  v1.1.20",
      "",
      expect.any(String),
    ]);
    expect(seen.session).toBeUndefined();
  });

  test("-i 0: once (tools.md 2.1)", async () => {
    const { world, seen } = worldWith();
    expect(await run(["-b", "-i", "0", "-H", "h:1"], world)).toBe(0);
    expect(seen.out.split("Queue Name")).toHaveLength(2);
  });

  test("-i: every interval, until it is stopped", async () => {
    const { world, clock, server, stop } = worldWith();
    const ended = run(["-b", "-i", "5", "-H", "h:1"], world);
    await clock.advance(14_999);
    expect(server.attempts).toHaveLength(3);
    stop.resolve();
    expect(await ended).toBe(0);
  });

  test("waits for a slow reader", async () => {
    const taken = Promise.withResolvers<void>();
    const { world, clock, server, stop } = worldWith({ print: () => taken.promise });
    const ended = run(["-b", "-i", "1", "-H", "h:1"], world);
    await clock.advance(60_000);
    expect(server.attempts).toHaveLength(1);
    taken.resolve();
    await clock.advance(1000);
    expect(server.attempts.length).toBeGreaterThan(1);
    stop.resolve();
    expect(await ended).toBe(0);
  });

  test("prints in the given order, not that of the answers; the first block does not wait for the second", async () => {
    const first = new FakeJobServer({});
    const { world, seen, server, clock } = worldWith();
    const query: World["query"] = (address, commands, options) => {
      const { connect } = address.host === "slow" ? first : server;
      return AdminConnection.query(address, commands, { ...options, duplex: connect, clock });
    };
    const ended = run(["-b", "-t", "3", "-H", "h:1", "-H", "slow:1", "-H", "h:2"], { ...world, query });
    await clock.advance(0);
    const servers = () => [...seen.out.matchAll(/ {2}- {2}(\w+:\d)/g)].map(([, name]) => name);
    expect(servers()).toEqual(["h:1"]);
    await clock.advance(3000);
    expect(await ended).toBe(0);
    expect(servers()).toEqual(["h:1", "slow:1", "h:2"]);
  });
});

test("warnings go to stderr", async () => {
  const { world, seen } = worldWith();
  await run(["-b", "stray", "-H", "h:1"], world);
  expect(seen.err).toEqual([expect.stringContaining("'stray' is not an option")]);
});

test("advice goes to stderr with -v only", async () => {
  const { world, seen } = worldWith();
  await run(["-b", "-H", "$SERVER:1"], world);
  expect(seen.err).toEqual([]);
  await run(["-b", "-v", "-H", "$SERVER:1"], world);
  expect(seen.err[0]).toContain("looks like a template that was not filled in");
});

test("-t 0: no limit", async () => {
  const timeouts: number[] = [];
  const { world } = worldWith({
    query: async (_address, _commands, { timeoutMs }) => {
      timeouts.push(timeoutMs);
      return [];
    },
  });
  await run(["-b", "-t", "0", "-H", "h:1"], world);
  expect(timeouts).toEqual([0x7fff_ffff]);
});
