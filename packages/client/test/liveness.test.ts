import { FakeJobServer, type FakeScript, ManualClock, settle } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { ClientConnection } from "../src/client/client-connection.ts";
import { Connection } from "../src/connection/connection.ts";
import { Liveness } from "../src/connection/liveness.ts";
import type { AssignedJob } from "../src/contract/assigned-job.ts";
import { WorkerConnection } from "../src/worker/worker-connection.ts";
import { assign, byHost, bytes, first, second } from "./fixtures.ts";

/** Servers that answer echo requests until they are stopped. */
function stage(hosts: readonly string[] = ["first"]) {
  const clock = new ManualClock();
  const stopped = new Set<string>();
  const script = (host: string): FakeScript => ({
    onPacket: (packet, peer) => {
      if (packet.name === "ECHO_REQ" && !stopped.has(host)) peer.send({ ...packet, name: "ECHO_RES" });
    },
  });
  const servers = Object.fromEntries(hosts.map((host) => [host, new FakeJobServer(script(host))]));
  const options = { duplex: byHost(servers), clock, liveness: new Liveness({ clock }) };
  return { clock, stopped, servers, options };
}

const echoes = (server: FakeJobServer | undefined): number =>
  server?.connections.flatMap(({ names }) => names).filter((name) => name === "ECHO_REQ").length ?? 0;

describe("a silent server", () => {
  test("an idle connection is dropped within three seconds of its last byte", async () => {
    const { clock, stopped, options } = stage();
    const connection = new Connection({ ...options, servers: [first] });
    const ends: unknown[] = [];
    connection.on("disconnect", (reason) => ends.push(reason));
    connection.open();
    await clock.advance(60_000);
    expect([connection.state, ends]).toEqual(["connected", []]);
    stopped.add("first");
    await clock.advance(3000);
    expect(ends).toEqual([{ code: "TIMEOUT", text: "no answer to an echo request" }]);
    await connection.close();
    expect(clock.pending).toBe(0);
  });

  test("is noticed by a sleeping worker, by one with a job and by a client", async () => {
    const { clock, stopped, servers, options } = stage();
    const lost: string[] = [];
    const jobs: AssignedJob[] = [];
    const work = { server: first, functions: [bytes("host")], maxInFlight: 1 };
    const workers = ["sleeping", "busy"].map((name) => {
      const worker = new WorkerConnection({ ...options, ...work, onJob: (job) => jobs.push(job) });
      worker.on("disconnect", ({ code }) => lost.push(`${name} ${code}`));
      return worker;
    });
    const client = new ClientConnection({ ...options, servers: [first] });
    client.on("disconnect", ({ code }) => lost.push(`client ${code}`));
    await clock.advance(700);
    servers.first?.connections[0]?.send({ name: "NO_JOB" });
    servers.first?.connections[1]?.send(assign("H:1"));
    await settle();
    expect([workers[0]?.asleep, workers[1]?.held, client.connected]).toEqual([true, 1, true]);
    await clock.advance(10_000);
    stopped.add("first");
    await clock.advance(3000);
    expect(lost.toSorted()).toEqual(["busy TIMEOUT", "client TIMEOUT", "sleeping TIMEOUT"]);
    expect(jobs[0]?.connectionLost).toBe(true);
  });

  test("while it only accepts connections it is not used; the next server is", async () => {
    const { clock, stopped, servers, options } = stage(["first", "second"]);
    const client = new ClientConnection({ ...options, servers: [first, second] });
    const seen: string[] = [];
    client.on("connect", ({ host }) => seen.push(`connect ${host}`));
    client.on("disconnect", () => seen.push("disconnect"));
    await clock.advance(1000);
    stopped.add("first");
    await clock.advance(4000);
    expect(seen).toEqual(["connect first", "disconnect", "connect second"]);
    stopped.add("second");
    await clock.advance(120_000);
    expect(seen).toEqual(["connect first", "disconnect", "connect second", "disconnect"]);
    expect(servers.first?.connections.length).toBeGreaterThan(2);
    expect(servers.first?.connections.slice(1).every(({ names }) => names.join() === "ECHO_REQ")).toBe(true);
    stopped.clear();
    await clock.advance(10_000);
    expect(client.connected).toBe(true);
  });

  test("one silent connection of several that are answered is dropped after half a minute", async () => {
    const { clock, servers, options } = stage();
    const ends: string[] = [];
    const connections = ["a", "b"].map((name) => {
      const connection = new Connection({ ...options, servers: [first] });
      connection.on("disconnect", () => ends.push(name));
      connection.open();
      return connection;
    });
    await clock.advance(100);
    servers.first?.connections[1]?.stall(true);
    await clock.advance(25_000);
    expect(ends).toEqual([]);
    await clock.advance(10_000);
    expect(ends).toEqual(["b"]);
    expect(connections[0]?.state).toBe("connected");
  });
});

describe("a server that is back", () => {
  const SECOND_MS = 1000;
  /** The waits of one connection in that time are 80, 200, 400, 800, 1600 ms, then 3 s each. */
  const attemptsIn = (seconds: number): number => 6 + seconds / 3;

  test("is tried by all connections as soon as it has answered one of them", async () => {
    const { clock, servers, options } = stage();
    const server = servers.first as FakeJobServer;
    server.mode = "refuse";
    const open = (): Connection => {
      const connection = new Connection({ ...options, servers: [second, first] });
      connection.open();
      return connection;
    };
    const waiting = [open(), open()];
    await clock.advance(9100);
    server.mode = "accept";
    await clock.advance(500);
    expect(waiting.map(({ state }) => state)).toEqual(["waiting", "waiting"]);
    const connections = [...waiting, open()];
    await clock.advance(250);
    expect(connections.map(({ state }) => state)).toEqual(["connected", "connected", "connected"]);
    await Promise.all(connections.map((connection) => connection.close()));
    expect(clock.pending).toBe(0);
  });

  test("and closes each connection at once is tried no more often than without the others", async () => {
    const { clock, options } = stage();
    const server = new FakeJobServer({
      onPacket: (packet, peer) => {
        if (packet.name !== "ECHO_REQ") return;
        peer.send({ ...packet, name: "ECHO_RES" });
        peer.end();
      },
    });
    const connections = Array.from({ length: 10 }, () => {
      const connection = new Connection({ ...options, duplex: server.connect, servers: [first] });
      connection.open();
      return connection;
    });
    await clock.advance(60 * SECOND_MS);
    expect(server.attempts.length).toBeGreaterThan(10);
    expect(server.attempts.length).toBeLessThanOrEqual(10 * attemptsIn(60) + 10);
    await Promise.all(connections.map((connection) => connection.close()));
    expect(clock.pending).toBe(0);
  });
});

describe("cost", () => {
  test("a busy connection gets no echo request, idle ones one at a time", async () => {
    const { clock, servers, options } = stage();
    const open = (): Connection => {
      const connection = new Connection({ ...options, servers: [first] });
      connection.open();
      return connection;
    };
    const one = open();
    await clock.advance(10);
    const before = echoes(servers.first);
    for (let second = 0; second < 60; second++) {
      servers.first?.connections[0]?.send({ name: "NOOP" });
      await clock.advance(500);
    }
    expect(echoes(servers.first)).toBe(before);
    await one.close();
    for (let count = 0; count < 50; count++) open();
    await clock.advance(10);
    const start = echoes(servers.first);
    await clock.advance(70_000);
    expect(echoes(servers.first) - start).toBeLessThanOrEqual(101);
  });

  test("echo answers are not passed to the user of the connection", async () => {
    const { clock, options } = stage();
    const connection = new Connection({ ...options, servers: [first] });
    const packets: string[] = [];
    connection.on("packet", ({ name }) => packets.push(name));
    connection.open();
    await clock.advance(30_000);
    expect(packets).toEqual([]);
  });
});

test("a process that was stopped itself drops no server", async () => {
  const { clock, options } = stage();
  const connection = new Connection({ ...options, servers: [first] });
  const ends: unknown[] = [];
  connection.on("disconnect", (reason) => ends.push(reason));
  connection.open();
  await clock.advance(5000);
  for (let stop = 0; stop < 10; stop++) {
    clock.stop(5000);
    clock.tick(0); // timers run before anything is read
    await settle();
  }
  expect(ends).toEqual([]);
});

test("where this process has to wait for a processor, a silent server has more time", async () => {
  const { clock, stopped, options } = stage();
  const connection = new Connection({ ...options, servers: [first] });
  const ends: unknown[] = [];
  connection.on("disconnect", (reason) => ends.push(reason.code));
  connection.open();
  await clock.advance(5000);
  stopped.add("first");
  for (let look = 0; look < 10; look++) {
    clock.stop(1100);
    clock.tick(0);
    await settle();
  }
  expect(ends).toEqual([]);
  await clock.advance(3000);
  expect(ends).toEqual(["TIMEOUT"]);
});

test("a first answer that is something else is refused", async () => {
  const clock = new ManualClock();
  const server = new FakeJobServer({
    onPacket: (_packet, peer) => peer.sendBytes(bytes("HTTP/1.1 400 Bad Request")),
  });
  const connection = new Connection({
    servers: [first],
    duplex: server.connect,
    clock,
    liveness: new Liveness({ clock }),
  });
  const refused: string[] = [];
  connection.on("unreachable", ({ text }) => refused.push(text));
  connection.open();
  await clock.advance(50);
  expect(refused).toEqual([
    "cannot connect to job server first:4730: PROTOCOL: no answer to an echo request",
  ]);
  await connection.close();
});
