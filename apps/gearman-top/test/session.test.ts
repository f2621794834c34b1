import { AdminConnection, type AdminQuery } from "@mod-gearman/client";
import { FakeJobServer, type FakeScript, ManualClock } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import type { KeyPress } from "../src/keys.ts";
import { Session, type SessionOptions } from "../src/session.ts";
import { playing, type Scene } from "./scene.ts";

const STATUS = "a\t3\t1\t2\n";
const char = (text: string): KeyPress => ({ name: "char", char: text });

/** A session over fake servers `s0:1`, `s1:1`, … in memory, one for each script. */
function stage(scripts: readonly FakeScript[], options: Partial<SessionOptions> = {}) {
  const clock = new ManualClock();
  const servers = scripts.map((script) => new FakeJobServer(script));
  const query: AdminQuery = (address, commands, settings) => {
    const server = servers[Number(address.host.slice(1))];
    if (server === undefined) throw new Error("no such server");
    return AdminConnection.query(address, commands, { ...settings, duplex: server.connect, clock });
  };
  const session = new Session(
    {
      servers: scripts.map((_, at) => ({ host: `s${at}`, port: 1 })),
      intervalMs: 1000,
      timeoutMs: 10_000,
      hideEmpty: false,
      colours: false,
      verbose: false,
      ...options,
    },
    { query, clock, date: () => new Date(2026, 0, 1, 0, 0, Math.floor(clock.monotonicMs() / 1000) - 1000) },
  );
  const kinds = () => session.state.servers.map((one) => one.answer?.kind);
  return { session, clock, servers, kinds };
}

test("asks all servers concurrently and repeatedly", async () => {
  const { session, clock, servers, kinds } = stage([
    playing({ status: STATUS }),
    playing({ status: STATUS }),
  ]);
  session.start();
  await clock.advance(0);
  expect(kinds()).toEqual(["queues", "queues"]);
  expect(session.state.time).toBe("2026-01-01 00:00:00");
  await clock.advance(3000);
  expect(servers.map((one) => one.connections.length)).toEqual([4, 4]);
  expect(session.state.time).toBe("2026-01-01 00:00:03");
  session.stop();
  expect(clock.pending).toBe(0);
});

test("a server that does not answer delays no other, has one pending request, and fails at its timeout", async () => {
  const { session, clock, servers, kinds } = stage([{}, playing({ status: STATUS })]);
  session.start();
  await clock.advance(9000);
  expect(kinds()).toEqual([undefined, "queues"]);
  expect(servers.map((one) => one.connections.length)).toEqual([1, 10]);
  await clock.advance(1000);
  expect(session.state.servers[0]?.answer).toEqual({
    kind: "failure",
    message: "error reading from s0:1 - Interrupted system call",
  });
  session.stop();
});

test("a server that returns", async () => {
  const { session, clock, servers, kinds } = stage([playing({ status: STATUS })]);
  const [server] = servers;
  if (server === undefined) throw new Error("no server");
  server.mode = "refuse";
  session.start();
  await clock.advance(0);
  expect(kinds()).toEqual(["failure"]);
  server.mode = "accept";
  await clock.advance(1000);
  expect(kinds()).toEqual(["queues"]);
  session.stop();
});

describe("pause", () => {
  test("no server is asked and nothing changes, also if an answer was pending", async () => {
    const scene: Scene = { status: STATUS };
    const { session, clock, servers } = stage([playing(scene)]);
    session.start();
    await clock.advance(0);
    scene.status = "b\t1\t0\t1\n";
    clock.tick(1000); // sends the requests
    session.press(char("p"));
    const before = session.state;
    await clock.advance(60_000);
    expect(session.state).toBe(before);
    expect(servers[0]?.connections).toHaveLength(2);
    session.press(char("p"));
    await clock.advance(0);
    expect([...(session.state.servers[0]?.histories.keys() ?? [])]).toEqual(["b"]);
    await clock.advance(1000);
    expect(servers[0]?.connections).toHaveLength(4);
    session.stop();
  });
});

describe("details", () => {
  const lines = (session: Session) => {
    const { workers } = session.state;
    return workers?.kind === "workers" ? workers.workers.map((one) => String(one.id)) : workers;
  };

  test("the workers of that server are asked with each refresh until the details are closed", async () => {
    const scenes: Scene[] = [
      { status: STATUS, workers: "1 ip one : a\n" },
      { status: STATUS, workers: "1 ip two : a\n" },
    ];
    const { session, clock, servers } = stage(scenes.map(playing));
    session.start();
    await clock.advance(0);
    session.press({ name: "end" });
    session.press({ name: "enter" });
    expect(lines(session)).toBeUndefined();
    await clock.advance(0);
    expect(lines(session)).toEqual(["two"]);
    session.press({ name: "home" }); // to the queue of the other server
    await clock.advance(0);
    expect(lines(session)).toEqual(["one"]);
    Object.assign(scenes[0] ?? {}, { workers: "1 ip three : a\n" });
    await clock.advance(1000);
    expect(lines(session)).toEqual(["three"]);
    session.press({ name: "enter" });
    await clock.advance(1000);
    const asked = servers[0]?.connections.filter((one) => one.lines.includes("workers"));
    expect(asked).toHaveLength(2);
    session.stop();
  });

  test("another server is selected while one is being asked", async () => {
    const silent: FakeScript = {
      onLine: (line, peer) => line === "status" && peer.sendBytes(Buffer.from(`${STATUS}.\nOK 1\n`)),
    };
    const { session, clock } = stage([silent, playing({ status: STATUS, workers: "1 ip two : a\n" })]);
    session.start();
    await clock.advance(0);
    session.press({ name: "enter" });
    await clock.advance(0);
    session.press({ name: "end" });
    await clock.advance(10_000); // the first request times out
    expect(lines(session)).toEqual(["two"]);
    session.stop();
  });

  test("a server that fails", async () => {
    const { session, clock, servers } = stage([playing({ status: STATUS })]);
    session.start();
    await clock.advance(0);
    if (servers[0] !== undefined) servers[0].mode = "refuse";
    session.press({ name: "enter" });
    await clock.advance(0);
    expect(lines(session)).toMatchObject({ kind: "failure" });
    session.stop();
  });
});

describe("after the end", () => {
  test.for(["q", "Q"])("%s", async (key) => {
    const { session, clock } = stage([{}]);
    session.start();
    session.press(char(key));
    await session.ended;
    expect(clock.pending).toBe(1); // the timeout of the pending request; the program does not wait for it
  });

  test("late answers change nothing, listeners are removed", async () => {
    const { session, clock } = stage([playing({ status: STATUS })]);
    let calls = 0;
    session.subscribe(() => calls++);
    session.start();
    expect(calls).toBe(1);
    session.stop();
    const { state } = session;
    await clock.advance(5000);
    session.press(char("s"));
    expect([session.state === state, calls]).toEqual([true, 1]);
  });

  test("a listener can be removed", async () => {
    const { session, clock } = stage([playing({ status: STATUS })]);
    let calls = 0;
    session.subscribe(() => calls++)();
    session.start();
    await clock.advance(1000);
    expect(calls).toBe(0);
    session.stop();
  });

  test("a defect rejects with the error", async () => {
    const clock = new ManualClock();
    const options = { intervalMs: 1000, timeoutMs: 1000, hideEmpty: false, colours: false, verbose: false };
    const query = () => Promise.reject(new TypeError("a defect"));
    const session = new Session(
      { ...options, servers: [{ host: "h", port: 1 }] },
      { query, clock, date: () => new Date(0) },
    );
    session.start();
    await expect(session.ended).rejects.toThrow("a defect");
    session.stop();
  });
});

test("verbose: the duration of each request", async () => {
  const { session, clock } = stage([playing({ status: STATUS })], { verbose: true });
  session.start();
  await clock.advance(0);
  expect(session.state.tookMs).toEqual([0]);
  session.stop();
});
