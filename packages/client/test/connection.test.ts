import { encodePacket } from "@mod-gearman/protocol";
import { duplexPair, FakeJobServer, ManualClock, settle } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { Connection, type ConnectionOptions } from "../src/connection/connection.ts";
import { byHost, bytes, first, second, stage } from "./fixtures.ts";

const GRAB = encodePacket("REQ", { name: "GRAB_JOB_UNIQ" });

/** A connection with its events as text. */
function watched(options: ConnectionOptions): { connection: Connection; events: string[] } {
  const connection = new Connection(options);
  const events: string[] = [];
  connection.on("connect", (server) => events.push(`connect ${server.host}`));
  connection.on("disconnect", (reason) => events.push(`disconnect ${reason.code}`));
  connection.on("packet", (packet) => events.push(`packet ${packet.name}`));
  connection.on("drain", () => events.push("drain"));
  return { connection, events };
}

describe("states", () => {
  test("idle until opened; a second open has no effect", async () => {
    const { server, clock } = stage();
    const { connection, events } = watched({ servers: [first], duplex: server.connect, clock });
    expect(connection.state).toBe("idle");
    connection.open();
    connection.open();
    expect(connection.state).toBe("connecting");
    await settle();
    expect(connection.state).toBe("connected");
    expect(events).toEqual(["connect first"]);
    expect(server.attempts).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  test("a server that always refuses: waits grow up to the limit, attempts continue", async () => {
    const { server, clock } = stage();
    server.mode = "refuse";
    const { connection } = watched({ servers: [first], duplex: server.connect, clock });
    connection.open();
    await settle();
    const waits: (number | undefined)[] = [];
    for (let i = 0; i < 500; i++) {
      waits.push(clock.nextInMs);
      clock.tick(clock.nextInMs ?? 0);
      await settle();
    }
    expect(waits.slice(0, 8)).toEqual([80, 200, 400, 800, 1600, 3000, 3000, 3000]);
    expect(new Set(waits.slice(8))).toEqual(new Set([3000]));
    server.mode = "accept";
    await clock.advance(3000);
    expect(connection.state).toBe("connected");
  });

  test("an attempt without answer is abandoned; a stream that arrives later is closed", async () => {
    const clock = new ManualClock();
    const [near] = duplexPair();
    const late = Promise.withResolvers<typeof near>();
    const signals: AbortSignal[] = [];
    const duplex = (_: unknown, signal: AbortSignal) => {
      signals.push(signal);
      return late.promise;
    };
    const { connection } = watched({ servers: [first], duplex, clock, connectTimeoutMs: 700 });
    connection.open();
    await clock.advance(699);
    expect(connection.state).toBe("connecting");
    await clock.advance(1);
    expect(connection.state).toBe("waiting");
    expect(signals[0]?.aborted).toBe(true);
    late.resolve(near);
    await settle();
    expect(near.destroyed).toBe(true);
    expect(connection.state).toBe("waiting");
  });

  test("a factory that throws counts as a failed attempt", async () => {
    const clock = new ManualClock();
    const duplex = () => {
      throw new Error("bad factory");
    };
    const { connection } = watched({ servers: [first], duplex, clock });
    connection.open();
    await settle();
    expect(connection.state).toBe("waiting");
  });

  test("refuses an empty list of servers", () => {
    expect(() => new Connection({ servers: [] })).toThrow(expect.objectContaining({ code: "BAD_ARGUMENT" }));
  });
});

describe("reconnect", () => {
  test.for([
    ["end", "disconnect END"],
    ["destroy", "disconnect ERROR"],
  ] as const)("after %s", async ([how, event]) => {
    const { server, clock } = stage();
    const { connection, events } = watched({ servers: [first], duplex: server.connect, clock });
    connection.open();
    await settle();
    server.connections[0]?.[how]();
    await settle();
    expect(events).toEqual(["connect first", event]);
    expect(connection.state).toBe("waiting");
    expect(clock.nextInMs).toBeLessThanOrEqual(100);
    await clock.advance(100);
    expect(events).toEqual(["connect first", event, "connect first"]);
  });

  test("a stable connection resets the waits, one that ends at once does not", async () => {
    const { server, clock } = stage();
    const { connection } = watched({ servers: [first], duplex: server.connect, clock });
    connection.open();
    const waits: (number | undefined)[] = [];
    for (let i = 0; i < 4; i++) {
      await settle();
      server.connections.at(-1)?.end();
      await settle();
      waits.push(clock.nextInMs);
      await clock.advance(clock.nextInMs ?? 0);
    }
    expect(waits).toEqual([80, 200, 400, 800]);
    await clock.advance(3000);
    server.connections.at(-1)?.end();
    await settle();
    expect(clock.nextInMs).toBe(80);
    expect(connection.state).toBe("waiting");
  });

  test("servers are tried in order, and from the first one again after a stable connection", async () => {
    const clock = new ManualClock();
    const servers = { first: new FakeJobServer(), second: new FakeJobServer() };
    servers.first.mode = "refuse";
    const { connection, events } = watched({ servers: [first, second], duplex: byHost(servers), clock });
    connection.open();
    await settle();
    expect(events).toEqual(["connect second"]);
    servers.first.mode = "accept";
    await clock.advance(10_000);
    expect(events).toEqual(["connect second"]); // sticky
    servers.second.connections[0]?.end();
    await clock.advance(100);
    expect(events.at(-1)).toBe("connect first");
    expect(connection.server).toEqual(first);
  });

  test("a server that accepts and closes does not prevent attempts on the next one", async () => {
    const clock = new ManualClock();
    const servers = {
      first: new FakeJobServer({ onConnect: (connection) => connection.end() }),
      second: new FakeJobServer(),
    };
    const { connection, events } = watched({ servers: [first, second], duplex: byHost(servers), clock });
    connection.open();
    await clock.advance(100);
    expect(events).toEqual(["connect first", "disconnect END", "connect second"]);
    expect(connection.state).toBe("connected");
  });

  test("10,000 reconnects leave no timer, listener or stream behind", async () => {
    const clock = new ManualClock();
    const streams: ReturnType<typeof duplexPair>[0][] = [];
    const duplex = async () => {
      const [near] = duplexPair();
      streams.push(near);
      return near;
    };
    const connection = new Connection({ servers: [first], duplex, clock });
    connection.open();
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    for (let i = 0; i < 10_000; i++) {
      await turn();
      connection.drop({ code: "ERROR", text: "test" });
      clock.tick(clock.nextInMs ?? 0);
    }
    await turn();
    expect(streams).toHaveLength(10_001);
    expect(connection.state).toBe("connected");
    expect(clock.pending).toBe(0);
    const old = streams.slice(0, -1);
    expect(old.every((stream) => stream.destroyed)).toBe(true);
    const count = (stream: (typeof streams)[0], name: string) => stream.listenerCount(name);
    const left = old.map((stream) => count(stream, "data") + count(stream, "drain") + count(stream, "close"));
    expect(Math.max(...left)).toBe(0);
    for (const name of ["connect", "disconnect", "packet"] as const)
      expect(connection.listenerCount(name)).toBe(0);
  });
});

describe("bytes", () => {
  test("packets may be cut anywhere; a partial packet is dropped with its connection", async () => {
    const { server, clock } = stage();
    const { connection, events } = watched({ servers: [first], duplex: server.connect, clock });
    connection.open();
    await settle();
    const noop = encodePacket("RES", { name: "NOOP" });
    const peer = server.connections[0];
    for (const byte of noop) peer?.sendBytes(Buffer.of(byte));
    peer?.sendBytes(noop.subarray(0, 5));
    await settle();
    await settle();
    expect(events).toEqual(["connect first", "packet NOOP"]);
    peer?.end();
    await clock.advance(100);
    server.connections[1]?.sendBytes(noop);
    await settle();
    expect(events.slice(2)).toEqual(["disconnect END", "connect first", "packet NOOP"]);
  });

  test.for([
    ["no Gearman at all", bytes("HTTP/1.1 400\r\n\r\n")],
    ["a request", encodePacket("REQ", { name: "NOOP" })],
    ["an unknown type", Buffer.from("005245530000002b00000000", "hex")],
    ["a body above the limit", Buffer.from("00524553000000110fffffff", "hex")],
    ["a missing argument", Buffer.from("005245530000001300000001aa", "hex")],
  ] as const)("%s ends the connection", async ([, wire]) => {
    const { server, clock } = stage();
    const options = { servers: [first], duplex: server.connect, clock, maxBodyBytes: 1024 };
    const { connection, events } = watched(options);
    connection.open();
    await settle();
    server.connections[0]?.sendBytes(wire);
    await settle();
    expect(events).toEqual(["connect first", "disconnect PROTOCOL"]);
    await clock.advance(100);
    expect(connection.state).toBe("connected");
  });

  test("unsent output is bounded; drain is emitted when output is accepted again", async () => {
    const { server, clock } = stage();
    const options = { servers: [first], duplex: server.connect, clock, maxOutputBytes: 300_000 };
    const { connection, events } = watched(options);
    connection.open();
    await settle();
    const peer = server.connections[0];
    peer?.stall(true);
    const echo = encodePacket("REQ", { name: "ECHO_REQ", data: Buffer.alloc(100_000) });
    let accepted = 0;
    while (connection.send(echo)) accepted++;
    expect(accepted).toBe(3);
    peer?.stall(false);
    await settle();
    expect(events).toContain("drain");
    expect(peer?.names).toEqual(["ECHO_REQ", "ECHO_REQ", "ECHO_REQ"]);
    expect(connection.send(echo)).toBe(true);
  });

  test.for([10, 60_000, 100_000])(
    "drain follows every refusal, also with a limit of %i bytes",
    async (limit) => {
      const { server, clock } = stage();
      const options = { servers: [first], duplex: server.connect, clock, maxOutputBytes: limit };
      const { connection, events } = watched(options);
      connection.open();
      await settle();
      server.connections[0]?.stall(true);
      const echo = encodePacket("REQ", { name: "ECHO_REQ", data: Buffer.alloc(20_000) });
      while (connection.send(echo));
      server.connections[0]?.stall(false);
      await settle();
      expect(events).toEqual(["connect first", "drain"]);
      connection.send(encodePacket("REQ", { name: "ECHO_REQ", data: Buffer.alloc(100_000) })); // not refused
      await settle();
      expect(events).toEqual(["connect first", "drain"]);
    },
  );

  test("one packet above the limit is sent while less than the limit is unsent", async () => {
    const { server, clock } = stage();
    const { connection } = watched({
      servers: [first],
      duplex: server.connect,
      clock,
      maxOutputBytes: 70_000,
    });
    connection.open();
    await settle();
    expect(connection.send(GRAB)).toBe(true);
    expect(connection.send(encodePacket("REQ", { name: "ECHO_REQ", data: Buffer.alloc(90_000) }))).toBe(true);
    expect(connection.send(GRAB)).toBe(false);
  });

  test("nothing is sent without a connection, or on the old one after a disconnect", async () => {
    const { server, clock } = stage();
    const { connection } = watched({ servers: [first], duplex: server.connect, clock });
    expect(connection.send(GRAB)).toBe(false);
    connection.open();
    expect(connection.send(GRAB)).toBe(false);
    await settle();
    connection.send(GRAB);
    connection.drop({ code: "ERROR", text: "test" }); // same turn: the packet must not be sent
    expect(connection.send(GRAB)).toBe(false);
    await clock.advance(100);
    connection.send(GRAB);
    await settle();
    expect(server.connections.map((peer) => peer.names)).toEqual([[], ["GRAB_JOB_UNIQ"]]);
  });

  test("packets behind one that made its receiver drop the connection are not delivered", async () => {
    const { server, clock } = stage();
    const { connection, events } = watched({ servers: [first], duplex: server.connect, clock });
    connection.open();
    await settle();
    connection.once("packet", () => connection.drop({ code: "ERROR", text: "test" }));
    server.connections[0]?.send({ name: "NOOP" }, { name: "NO_JOB" });
    await settle();
    expect(events).toEqual(["connect first", "packet NOOP", "disconnect ERROR"]);
  });
});

describe("close", () => {
  test("in the states idle, connecting, waiting and connected; idempotent", async () => {
    for (const mode of ["accept", "refuse", "silent"] as const) {
      const { server, clock } = stage();
      server.mode = mode;
      const { connection, events } = watched({ servers: [first], duplex: server.connect, clock });
      connection.open();
      await settle();
      await Promise.all([connection.close(), connection.close()]);
      expect(connection.state).toBe("closed");
      expect(events).toEqual(mode === "accept" ? ["connect first", "disconnect CLOSED"] : []);
      await clock.advance(60_000);
      connection.open();
      expect(server.attempts).toHaveLength(1);
      expect(clock.pending).toBe(0);
    }
    const { connection } = watched({ servers: [first] });
    await connection.close();
    expect(connection.state).toBe("closed");
  });

  test("aborts a running attempt", async () => {
    const signals: AbortSignal[] = [];
    const duplex = (_: unknown, signal: AbortSignal) => {
      signals.push(signal);
      return new Promise<never>(() => {});
    };
    const connection = new Connection({ servers: [first], duplex, clock: new ManualClock() });
    connection.open();
    await connection.close();
    expect(signals.map((signal) => signal.aborted)).toEqual([true]);
  });

  test("flushes the output first", async () => {
    const { server, clock } = stage();
    const { connection, events } = watched({ servers: [first], duplex: server.connect, clock });
    connection.open();
    await settle();
    connection.send(GRAB);
    const closed = connection.close(1000);
    expect(connection.state).toBe("closing");
    expect(connection.send(GRAB)).toBe(false);
    await closed;
    expect(server.connections[0]?.names).toEqual(["GRAB_JOB_UNIQ"]);
    expect(events).toEqual(["connect first", "disconnect CLOSED"]);
    expect(clock.pending).toBe(0);
  });

  test("waits at most flushMs for a peer that does not read", async () => {
    const { server, clock } = stage();
    const { connection } = watched({ servers: [first], duplex: server.connect, clock });
    connection.open();
    await settle();
    server.connections[0]?.stall(true);
    connection.send(encodePacket("REQ", { name: "ECHO_REQ", data: Buffer.alloc(1_000_000) }));
    const closed = connection.close(1000);
    await clock.advance(999);
    expect(connection.state).toBe("closing");
    await clock.advance(1);
    await closed;
    expect(connection.state).toBe("closed");
  });
});

test("failures are logged once a minute as warning, otherwise as debug", async () => {
  const { server, clock } = stage();
  server.mode = "refuse";
  const lines: string[] = [];
  const add = (level: string) => (text: string) => void lines.push(`${level} ${text}`);
  const logger = { warn: add("warn"), info: add("info"), debug: add("debug") };
  new Connection({ servers: [first], duplex: server.connect, clock, logger }).open();
  await clock.advance(120_000);
  const warnings = lines.filter((line) => line.startsWith("warn"));
  expect(warnings).toHaveLength(2);
  expect(warnings[0]).toBe("warn cannot connect to job server first:4730: connect ECONNREFUSED");
  expect(lines.length).toBeGreaterThan(40);
});
