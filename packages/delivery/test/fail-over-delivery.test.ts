import { FakeJobServer, type FakeScript, ManualClock, settle } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { FailOverDelivery, type FailOverOptions } from "../src/fail-over-delivery.ts";
import { accepting, byHost, bytes, first, job, second } from "./fixtures.ts";

/** A delivery to fake servers, with what it reported and what they received. */
function setUp(
  scripts: Record<string, FakeScript>,
  options: Partial<FailOverOptions> = {},
  modes: Record<string, FakeJobServer["mode"]> = {},
) {
  const clock = new ManualClock();
  const servers = Object.fromEntries(
    Object.entries(scripts).map(([host, script]) => [host, new FakeJobServer(script)]),
  );
  for (const [host, server] of Object.entries(servers)) server.mode = modes[host] ?? "accept";
  const delivered: string[] = [];
  const addresses = { first, second };
  const delivery = new FailOverDelivery({
    servers: Object.keys(scripts).map((host) => addresses[host as "first" | "second"]),
    duplex: byHost(servers),
    clock,
    onDelivered: ({ data }) => delivered.push(data.toString()),
    ...options,
  });
  const taken = (host: string): string[] =>
    (servers[host]?.connections ?? []).flatMap(({ received }) =>
      received.map((packet) => ("data" in packet ? packet.data.toString() : packet.name)),
    );
  return { clock, servers, delivery, delivered, taken };
}

const CREATED = { name: "JOB_CREATED", handle: bytes("H:1") } as const;
const AWAY = { first: "refuse", second: "refuse" } as const;

const attempts = (servers: Record<string, FakeJobServer>): Record<string, number> =>
  Object.fromEntries(Object.entries(servers).map(([host, server]) => [host, server.attempts.length]));

/** Accepts `count` jobs per connection, then ends the connection. */
function acceptingOnly(count: number): FakeScript {
  const seen = new Map<object, number>();
  return {
    onPacket: (_, connection) => {
      const taken = (seen.get(connection) ?? 0) + 1;
      seen.set(connection, taken);
      if (taken <= count) connection.send({ name: "JOB_CREATED", handle: bytes("H:1") });
      if (taken === count) connection.end();
    },
  };
}

describe("without failures", () => {
  test("jobs are accepted in order, over one connection", async () => {
    const { delivery, delivered, servers } = setUp({ first: accepting() });
    for (let at = 0; at < 100; at++) delivery.deliver(job(String(at)));
    await delivery.whenDelivered();
    expect(delivered).toEqual(Array.from({ length: 100 }, (_, at) => String(at)));
    expect(delivery).toMatchObject({ delivered: 100, pending: 0, failure: undefined });
    expect(attempts(servers)).toEqual({ first: 1 });
  });

  test("unanswered jobs do not exceed the window", async () => {
    const { delivery, servers } = setUp({ first: {} }, { window: 3 });
    for (let at = 0; at < 10; at++) delivery.deliver(job(String(at)));
    await settle();
    const [connection] = servers.first?.connections ?? [];
    expect(connection?.received).toHaveLength(3);
    connection?.send({ name: "JOB_CREATED", handle: bytes("H:1") });
    await settle();
    expect(connection?.received).toHaveLength(4);
  });

  test("hasRoom is false from twice the window and true again from half of that", async () => {
    const { delivery, servers } = setUp({ first: {} }, { window: 2 });
    for (let at = 0; at < 3; at++) delivery.deliver(job());
    expect(delivery.hasRoom).toBe(true);
    delivery.deliver(job());
    expect(delivery.hasRoom).toBe(false);
    let hasRoom = false;
    const room = delivery.whenRoom().then(() => {
      hasRoom = true;
    });
    await settle();
    const [connection] = servers.first?.connections ?? [];
    connection?.send({ name: "JOB_CREATED", handle: bytes("H:1") });
    await settle();
    expect(hasRoom).toBe(false);
    connection?.send({ name: "JOB_CREATED", handle: bytes("H:2") });
    await room;
    expect(delivery.pending).toBe(2);
  });

  test("hasRoom is false from the limit of bytes as well", () => {
    const { delivery } = setUp({ first: {} }, { maxHeldBytes: 100 });
    delivery.deliver(job("x".repeat(99)));
    expect(delivery.hasRoom).toBe(true);
    delivery.deliver(job("x"));
    expect(delivery.hasRoom).toBe(false);
  });

  test("a connection that ends without pending jobs is replaced for the next job", async () => {
    const { delivery, servers, delivered } = setUp({ first: accepting() });
    await delivery.whenConnected();
    servers.first?.connections[0]?.end();
    await settle();
    expect(attempts(servers)).toEqual({ first: 1 });
    delivery.deliver(job("late"));
    await delivery.whenDelivered();
    expect(delivered).toEqual(["late"]);
    expect(attempts(servers)).toEqual({ first: 2 });
  });
});

describe("a server that fails", () => {
  test("refused: the next server gets all jobs", async () => {
    const { delivery, taken } = setUp({ first: accepting(), second: accepting() }, {}, { first: "refuse" });
    delivery.deliver(job("a"));
    await delivery.whenDelivered();
    expect(taken("second")).toEqual(["a"]);
  });

  test("refused by all: gives up after one round and gives the reason", async () => {
    const { delivery, servers } = setUp({ first: {}, second: {} }, {}, AWAY);
    delivery.deliver(job("a"));
    await delivery.whenDelivered();
    expect(delivery.failure).toBe(
      "GEARMAN_COULD_NOT_CONNECT Connection to first:4730 failed: connect ECONNREFUSED; " +
        "GEARMAN_COULD_NOT_CONNECT Connection to second:4731 failed: connect ECONNREFUSED",
    );
    expect(attempts(servers)).toEqual({ first: 1, second: 1 });
    expect(delivery.takeUndelivered()).toEqual([expect.objectContaining(job("a"))]);
    expect(delivery.pending).toBe(0);
  });

  test("refused without pending jobs: not a failure", async () => {
    const { delivery, servers, delivered } = setUp({ first: accepting(), second: {} }, {}, AWAY);
    await settle();
    expect(attempts(servers)).toEqual({ first: 1, second: 1 });
    expect(delivery.failure).toBeUndefined();
    if (servers.first !== undefined) servers.first.mode = "accept";
    delivery.deliver(job("a"));
    await delivery.whenDelivered();
    expect(delivered).toEqual(["a"]);
  });

  test("retries: the whole list again, with a pause before each round", async () => {
    const { delivery, servers, clock } = setUp(
      { first: {}, second: {} },
      { retries: 2, retryIntervalMs: 500 },
      AWAY,
    );
    delivery.deliver(job("a"));
    await settle();
    expect(attempts(servers)).toEqual({ first: 1, second: 1 });
    await clock.advance(499);
    expect(attempts(servers)).toEqual({ first: 1, second: 1 });
    await clock.advance(1);
    expect(attempts(servers)).toEqual({ first: 2, second: 2 });
    expect(delivery.failure).toBeUndefined();
    await clock.advance(500);
    expect(attempts(servers)).toEqual({ first: 3, second: 3 });
    expect(delivery.failure).toContain("GEARMAN_COULD_NOT_CONNECT");
  });

  test("no answer: after the timeout the job goes to the next server", async () => {
    const { delivery, clock, taken } = setUp({ first: {}, second: accepting() }, { submitTimeoutMs: 700 });
    delivery.deliver(job("a"));
    await clock.advance(699);
    expect(taken("second")).toEqual([]);
    await clock.advance(1);
    expect(taken("second")).toEqual(["a"]);
  });

  test("no answer from the only server: GEARMAN_TIMEOUT", async () => {
    const { delivery, clock } = setUp({ first: {} }, { submitTimeoutMs: 700 });
    delivery.deliver(job("a"));
    await clock.advance(700);
    expect(delivery.failure).toMatch(/^GEARMAN_TIMEOUT first:4730: no answer within 700 ms$/);
  });

  test("no connection within the time", async () => {
    const { delivery, clock } = setUp({ first: {} }, { connectTimeoutMs: 300 }, { first: "silent" });
    delivery.deliver(job("a"));
    await clock.advance(300);
    expect(delivery.failure).toMatch(/^GEARMAN_COULD_NOT_CONNECT /);
  });

  test("the server refuses the job", async () => {
    const error = { name: "ERROR", code: bytes("QUEUE_FULL"), text: bytes("no room") } as const;
    const { delivery } = setUp({ first: { onPacket: (_, connection) => connection.send(error) } });
    delivery.deliver(job("a"));
    await delivery.whenDelivered();
    expect(delivery.failure).toBe("GEARMAN_SERVER_ERROR first:4730: job server answered QUEUE_FULL: no room");
  });

  test("a malformed answer", async () => {
    const { delivery } = setUp({
      first: { onPacket: (_, connection) => connection.sendBytes(bytes("x".repeat(40))) },
    });
    delivery.deliver(job("a"));
    await delivery.whenDelivered();
    expect(delivery.failure).toMatch(/^GEARMAN_INVALID_MAGIC first:4730: BAD_MAGIC/);
  });

  test("an answer without a request", async () => {
    const { delivery, servers } = setUp({ first: { onConnect: (connection) => connection.send(CREATED) } });
    await settle();
    expect(servers.first?.connections[0]?.isClosed).toBe(true);
    expect(delivery).toMatchObject({ delivered: 0, failure: undefined });
  });

  test("the answer timeout restarts after a pause and with every answer", async () => {
    const { delivery, servers, clock } = setUp({ first: {} }, { submitTimeoutMs: 1000 });
    delivery.deliver(job("a"));
    await clock.advance(100);
    const [connection] = servers.first?.connections ?? [];
    connection?.send(CREATED);
    await clock.advance(850);
    delivery.deliver(job("b"));
    delivery.deliver(job("c"));
    await clock.advance(900);
    connection?.send(CREATED);
    await clock.advance(900);
    expect(delivery).toMatchObject({ delivered: 2, failure: undefined });
    await clock.advance(100); // overdue now; as there was an answer before, there is a second connection
    expect(attempts(servers)).toEqual({ first: 2 });
    await clock.advance(1000);
    expect(delivery.failure).toMatch(/^GEARMAN_TIMEOUT /);
    expect(clock.pending).toBe(0);
  });
});

describe("a lost connection", () => {
  test("before the answer: replaced once, the job is resent", async () => {
    const { delivery, servers, taken } = setUp({ first: { onPacket: (_, connection) => connection.end() } });
    delivery.deliver(job("a"));
    await delivery.whenDelivered();
    expect(taken("first")).toEqual(["a", "a"]);
    expect(delivery.failure).toMatch(/^GEARMAN_LOST_CONNECTION first:4730: .*; GEARMAN_LOST_CONNECTION /);
    expect(attempts(servers)).toEqual({ first: 2 });
  });

  test("among the answers: unanswered jobs are resent in order, and each is reported once", async () => {
    const { delivery, delivered, servers } = setUp({ first: acceptingOnly(3) });
    const wanted = Array.from({ length: 10 }, (_, at) => String(at));
    for (const text of wanted) delivery.deliver(job(text));
    await delivery.whenDelivered();
    expect(delivered).toEqual(wanted);
    expect(attempts(servers)).toEqual({ first: 4 });
  });

  test("lost again after some were accepted: the rest is left, in order", async () => {
    const { delivery, delivered, servers } = setUp({ first: acceptingOnly(2) });
    servers.first?.connection().then(() => {
      if (servers.first !== undefined) servers.first.mode = "refuse";
    });
    for (const text of ["a", "b", "c", "d"]) delivery.deliver(job(text));
    await delivery.whenDelivered();
    expect(delivered).toEqual(["a", "b"]);
    expect(delivery.failure).toContain("GEARMAN_COULD_NOT_CONNECT");
    expect(delivery.takeUndelivered().map(({ data }) => data.toString())).toEqual(["c", "d"]);
  });
});

test("it can be reopened after it gave up", async () => {
  const { delivery, servers, delivered } = setUp({ first: accepting() }, {}, AWAY);
  delivery.deliver(job("a"));
  await delivery.whenDelivered();
  if (servers.first !== undefined) servers.first.mode = "accept";
  delivery.reopen();
  await delivery.whenDelivered();
  expect(delivered).toEqual(["a"]);
});

test("after close nothing is awaited and no timer is left", async () => {
  const { delivery, clock } = setUp({ first: {} }, { retries: 5 }, AWAY);
  delivery.deliver(job("a"));
  await settle();
  const done = Promise.all([delivery.whenDelivered(), delivery.whenConnected()]);
  void delivery.close();
  await done;
  await clock.advance(1);
  expect(clock.pending).toBe(0);
  expect(() => new FailOverDelivery({ servers: [] })).toThrow(
    expect.objectContaining({ code: "BAD_ARGUMENT" }),
  );
});
