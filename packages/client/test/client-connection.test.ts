import { FakeJobServer, ManualClock, settle } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { ClientConnection } from "../src/client/client-connection.ts";
import { connected, job, outcome } from "./client-fixtures.ts";
import { accepting, byHost, bytes, first, second, stage } from "./fixtures.ts";

describe("submit", () => {
  test("resolves with handle and server", async () => {
    const { client, peer } = await connected(accepting());
    const submitted = await client.submitBackground(job("text", { unique: bytes("abc") }));
    expect(submitted).toEqual({ handle: bytes("H:1"), server: first });
    expect(peer.received).toEqual([
      {
        name: "SUBMIT_JOB_BG",
        function: bytes("check_results"),
        unique: bytes("abc"),
        data: bytes("text"),
      },
    ]);
    expect(client.pending).toBe(0);
  });

  test.for([
    ["high", "SUBMIT_JOB_HIGH_BG"],
    ["normal", "SUBMIT_JOB_BG"],
    ["low", "SUBMIT_JOB_LOW_BG"],
  ] as const)("priority %s is %s", async ([priority, name]) => {
    const { client, peer } = await connected(accepting());
    await client.submitBackground(job("x", { priority }));
    expect(peer.names).toEqual([name]);
  });

  test("every submitted job of any kind has a unique key, and all keys differ", async () => {
    const { client, peer } = await connected(accepting());
    const empty = job("x", { unique: bytes("") });
    for (const one of [job("x"), empty]) {
      await client.submitBackground(one);
      client.enqueueBackground(one, () => undefined);
      client.submitForeground(one).catch(() => undefined);
    }
    await settle();
    const uniques = peer.received.map((packet) => ("unique" in packet ? packet.unique.toString() : ""));
    expect(uniques).toEqual(
      uniques.map(() => expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)),
    );
    expect([uniques.length, new Set(uniques).size]).toEqual([6, 6]);
  });

  test("the workload may be any bytes and is copied before the call returns", async () => {
    const { client, peer } = await connected(accepting());
    const data = Buffer.from([0, 255, 10, 0]);
    const submitted = client.submitBackground({ function: bytes("f"), data });
    data.fill(1);
    await submitted;
    expect(peer.received[0]).toMatchObject({ data: Buffer.from([0, 255, 10, 0]) });
  });

  test("answers are matched to requests in order, errors included", async () => {
    const { client, peer } = await connected();
    const outcomes = ["a", "b", "c"].map((data) => outcome(client.submitBackground(job(data))));
    const status = client.getStatus(bytes("H:7"));
    await peer.next("GET_STATUS");
    peer.send(
      { name: "JOB_CREATED", handle: bytes("H:1") },
      { name: "ERROR", code: bytes("QUEUE_ERROR"), text: bytes("Job queue is full") },
      { name: "JOB_CREATED", handle: bytes("H:3") },
      {
        name: "STATUS_RES",
        handle: bytes("H:7"),
        known: bytes("1"),
        running: bytes("0"),
        numerator: bytes("3"),
        denominator: bytes("abc"),
      },
    );
    expect(await Promise.all(outcomes)).toEqual(["H:1", "SERVER_ERROR", "H:3"]);
    expect(await status).toEqual({
      server: client.server,
      known: true,
      running: false,
      numerator: 3,
      denominator: 0,
    });
  });

  test("an ERROR rejects with the server's code and text", async () => {
    const { client } = await connected({
      onPacket: (_, peer) => peer.send({ name: "ERROR", code: bytes("QUEUE_ERROR"), text: bytes("full") }),
    });
    await expect(client.submitBackground(job())).rejects.toMatchObject({
      code: "SERVER_ERROR",
      serverCode: "QUEUE_ERROR",
      serverText: "full",
    });
  });

  test.for([
    ["an empty function", { function: Buffer.alloc(0) }],
    ["NUL in the function", { function: bytes("a\0b") }],
    ["NUL in the unique", { unique: bytes("a\0b") }],
    ["a unique of 64 bytes", { unique: Buffer.alloc(64, "u") }],
    ["a function name too long for gearmand", { function: Buffer.alloc(8192, "f") }],
  ] as const)("%s is refused before it is sent", async ([, more]) => {
    const { client, peer } = await connected(accepting());
    await expect(client.submitBackground(job("x", more))).rejects.toMatchObject({ code: "BAD_ARGUMENT" });
    await client.submitBackground(job("y", { unique: Buffer.alloc(63, "u") }));
    expect(peer.received).toHaveLength(1);
  });

  test("status by unique key", async () => {
    const { client } = await connected({
      onPacket: (packet, peer) => {
        if (packet.name === "GET_STATUS_UNIQUE")
          peer.send({
            name: "STATUS_RES_UNIQUE",
            unique: packet.unique,
            known: bytes("1"),
            running: bytes("1"),
            numerator: bytes("5"),
            denominator: bytes("10"),
            clients: bytes("2"),
          });
      },
    });
    const status = await client.getStatusUnique(bytes("u"));
    expect(status).toEqual({
      server: client.server,
      known: true,
      running: true,
      numerator: 5,
      denominator: 10,
      clients: 2,
    });
  });
});

describe("window and queue", () => {
  test("unanswered requests do not exceed the window", async () => {
    const { client, peer } = await connected({}, { window: 2 });
    const outcomes = ["a", "b", "c", "d"].map((data) => outcome(client.submitBackground(job(data))));
    await settle();
    expect(peer.received).toHaveLength(2);
    peer.send({ name: "JOB_CREATED", handle: bytes("H:1") });
    await settle();
    expect(peer.received).toHaveLength(3);
    for (const handle of ["H:2", "H:3", "H:4"]) {
      peer.send({ name: "JOB_CREATED", handle: bytes(handle) });
      await settle();
    }
    expect(await Promise.all(outcomes)).toEqual(["H:1", "H:2", "H:3", "H:4"]);
  });

  test("requests made before the connection wait for it", async () => {
    const { server, clock } = stage(accepting());
    const client = new ClientConnection({ servers: [first], duplex: server.connect, clock });
    expect(client.connected).toBe(false);
    expect(await outcome(client.submitBackground(job()))).toBe("H:1");
  });

  test("too many unsent requests: QUEUE_FULL immediately, accepted again later", async () => {
    const { server, clock } = stage(accepting());
    server.mode = "refuse";
    const client = new ClientConnection({ servers: [first], duplex: server.connect, clock, maxQueued: 2 });
    const kept = [outcome(client.submitBackground(job())), outcome(client.submitBackground(job()))];
    expect(await outcome(client.submitBackground(job()))).toBe("QUEUE_FULL");
    server.mode = "accept";
    await clock.advance(100);
    expect(await Promise.all(kept)).toEqual(["H:1", "H:2"]);
    expect(await outcome(client.submitBackground(job()))).toBe("H:3");
  });

  test("too many bytes: QUEUE_FULL, but a single job of any size is accepted", async () => {
    const { server, clock } = stage(accepting());
    server.mode = "refuse";
    const options = { servers: [first], duplex: server.connect, clock, maxQueuedBytes: 1000 };
    const client = new ClientConnection(options);
    const big = outcome(client.submitBackground(job("x".repeat(5000))));
    expect(await outcome(client.submitBackground(job("y")))).toBe("QUEUE_FULL");
    server.mode = "accept";
    await clock.advance(100);
    expect(await big).toBe("H:1");
    expect(await outcome(client.submitBackground(job("y")))).toBe("H:2");
  });

  test("while the server does not read, requests wait; then all arrive in order", async () => {
    const { client, peer } = await connected(accepting(), { maxOutputBytes: 200_000 });
    peer.stall(true);
    const data = "x".repeat(60_000);
    const outcomes = Array.from({ length: 20 }, () => outcome(client.submitBackground(job(data))));
    await settle();
    peer.stall(false);
    expect(await Promise.all(outcomes)).toEqual(Array.from({ length: 20 }, (_, i) => `H:${i + 1}`));
  });
});

test("waiting requests are sent when the server reads again, before it answers anything", async () => {
  const { client, peer } = await connected({}, { maxOutputBytes: 100_000 });
  peer.stall(true);
  const outcomes = Array.from({ length: 10 }, () =>
    outcome(client.submitBackground(job("x".repeat(60_000)))),
  );
  await settle();
  peer.stall(false);
  for (let count = 1; count <= 10; count++) await peer.next("SUBMIT_JOB_BG");
  for (const _ of outcomes) peer.send({ name: "JOB_CREATED", handle: bytes("H:1") });
  expect(new Set(await Promise.all(outcomes))).toEqual(new Set(["H:1"]));
});

describe("lost connections", () => {
  test("unanswered requests reject, unsent ones use the next connection", async () => {
    const { server, clock, client, peer } = await connected({}, { window: 1 });
    const sent = outcome(client.submitBackground(job("sent")));
    const waiting = outcome(client.submitBackground(job("waiting")));
    await peer.next("SUBMIT_JOB_BG");
    peer.destroy();
    expect(await sent).toBe("CONNECTION_LOST");
    await clock.advance(100);
    const next = await server.connection();
    expect((await next.next("SUBMIT_JOB_BG")).data).toEqual(bytes("waiting"));
    next.send({ name: "JOB_CREATED", handle: bytes("H:9") });
    expect(await waiting).toBe("H:9");
  });

  test("with resend they are sent again, in their order and before the others", async () => {
    const { server, clock, client, peer } = await connected({}, { window: 3 });
    const outcomes = [
      outcome(client.submitBackground(job("1", { resend: true }))),
      outcome(client.submitBackground(job("2"))),
      outcome(client.submitBackground(job("3", { resend: true }))),
      outcome(client.submitBackground(job("4"))),
    ];
    await settle();
    peer.end();
    await clock.advance(100);
    const next = await server.connection();
    await settle();
    expect(next.received.map((packet) => "data" in packet && packet.data.toString())).toEqual([
      "1",
      "3",
      "4",
    ]);
    for (const handle of ["H:1", "H:3", "H:4"]) next.send({ name: "JOB_CREATED", handle: bytes(handle) });
    expect(await Promise.all(outcomes)).toEqual(["H:1", "CONNECTION_LOST", "H:3", "H:4"]);
  });

  test("with resend a job keeps the random unique key it was given", async () => {
    const { server, clock, client, peer } = await connected();
    const submitted = outcome(client.submitBackground(job("1", { resend: true })));
    await settle();
    peer.end();
    await clock.advance(100);
    const next = await server.connection();
    await settle();
    expect(next.received).toEqual(peer.received);
    expect(next.received[0]).toMatchObject({ unique: expect.objectContaining({ length: 36 }) });
    next.send({ name: "JOB_CREATED", handle: bytes("H:1") });
    expect(await submitted).toBe("H:1");
  });

  test("fails over to the next server and reports which one accepted the job", async () => {
    const clock = new ManualClock();
    const servers = { first: new FakeJobServer(accepting()), second: new FakeJobServer(accepting()) };
    const client = new ClientConnection({ servers: [first, second], duplex: byHost(servers), clock });
    expect((await client.submitBackground(job())).server).toEqual(first);
    servers.first.mode = "refuse";
    servers.first.connections[0]?.destroy();
    await settle();
    const over = client.submitBackground(job());
    await clock.advance(100);
    expect((await over).server).toEqual(second);
  });

  test("an answer that matches no request ends the connection, not the process", async () => {
    const { server, clock, client, peer } = await connected();
    peer.send({ name: "JOB_CREATED", handle: bytes("H:1") });
    await settle();
    expect(client.connected).toBe(false);
    await clock.advance(100);
    const next = await server.connection();
    const submitted = outcome(client.submitBackground(job()));
    const other = outcome(client.submitBackground(job()));
    await settle();
    const zero = bytes("0");
    const status = { known: zero, running: zero, numerator: zero, denominator: zero };
    next.send({ name: "STATUS_RES", handle: bytes("H:1"), ...status });
    expect(await Promise.all([submitted, other])).toEqual(["PROTOCOL", "CONNECTION_LOST"]);
  });

  test("progress of foreground jobs is ignored", async () => {
    const { client, peer } = await connected(accepting());
    peer.send({ name: "WORK_COMPLETE", handle: bytes("H:1"), data: bytes("") });
    expect(await outcome(client.submitBackground(job()))).toBe("H:1");
  });

  test("emits connect and disconnect", async () => {
    const { clock, client, peer } = await connected();
    const events: string[] = [];
    client.on("connect", (server) => events.push(`connect ${server.host}`));
    client.on("disconnect", (reason) => events.push(reason.code));
    peer.end();
    await clock.advance(100);
    expect(events).toEqual(["END", "connect first"]);
  });
});
