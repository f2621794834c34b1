import { encodePacket } from "@mod-gearman/protocol";
import { settle } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { ClientConnection } from "../src/client/client-connection.ts";
import type { ClientError } from "../src/connection/errors.ts";
import { connected, job } from "./client-fixtures.ts";
import { accepting, bytes, first, stage } from "./fixtures.ts";

/** Enqueues jobs and records how each ended: its name, or name and code. */
function bulk(client: ClientConnection) {
  const ends: string[] = [];
  const enqueue = (name: string, more: Parameters<typeof job>[1] = {}) =>
    client.enqueueBackground(job(name, more), (error: ClientError | undefined) =>
      ends.push(error === undefined ? name : `${name} ${error.code} ${error.phase}`),
    );
  return { ends, enqueue };
}

test("jobs of one turn leave in one write and are settled in order", async () => {
  const { server, clock } = stage(accepting());
  const writes: number[] = [];
  const duplex: typeof server.connect = async (address) => {
    const stream = await server.connect(address);
    const write = stream.write.bind(stream);
    stream.write = ((chunk: Buffer) => {
      writes.push(chunk.length);
      return write(chunk);
    }) as typeof stream.write;
    return stream;
  };
  const client = new ClientConnection({ servers: [first], duplex, clock });
  await client.waitConnected();
  const { ends, enqueue } = bulk(client);
  for (const name of ["a", "b", "c"]) enqueue(name, { unique: bytes(name), priority: "high" });
  await settle();
  expect(ends).toEqual(["a", "b", "c"]);
  expect(writes).toEqual([3 * (12 + "check_results".length + 1 + 1 + 1 + 1)]);
  const [peer] = server.connections;
  expect(peer?.received[1]).toEqual({
    name: "SUBMIT_JOB_HIGH_BG",
    function: bytes("check_results"),
    unique: bytes("b"),
    data: bytes("b"),
  });
});

test("writes are at most 64 KiB; larger jobs leave separately; all arrive intact", async () => {
  const { client, peer } = await connected(accepting());
  const { ends, enqueue } = bulk(client);
  const sizes = Array.from({ length: 300 }, (_, n) => (n % 50 === 49 ? 100_000 + n : (n * 37) % 2000));
  const names = sizes.map((size, n) => String(n).padEnd(size, "x"));
  for (const name of names) enqueue(name);
  for (let turn = 0; turn < 100 && ends.length < names.length; turn++) await settle();
  const digest = (text: string) => `${Number.parseInt(text, 10)} ${text.length}`; // keeps the message of a failure short
  expect(ends.map(digest)).toEqual(names.map(digest));
  const arrived = peer.received.map((packet) => ("data" in packet ? packet.data.toString() : ""));
  expect(arrived.map(digest)).toEqual(names.map(digest));
  expect(arrived.every((text) => /^\d+x*$/.test(text))).toBe(true);
});

test("the workload is copied before the call returns", async () => {
  const { client, peer } = await connected(accepting());
  const data = Buffer.from([0, 255, 10, 0]);
  client.enqueueBackground({ function: bytes("f"), data }, () => {});
  data.fill(1);
  await settle();
  expect(peer.received[0]).toMatchObject({ data: Buffer.from([0, 255, 10, 0]) });
});

test.for([
  ["an empty function", { function: Buffer.alloc(0) }],
  ["NUL in the function", { function: bytes("a\0b") }],
  ["NUL in the unique", { unique: bytes("a\0b") }],
  ["a unique of 64 bytes", { unique: Buffer.alloc(64, "u") }],
] as const)("%s is refused at once, the neighbours are sent whole", async ([, more]) => {
  const { client, peer } = await connected(accepting());
  const { ends, enqueue } = bulk(client);
  enqueue("before");
  enqueue("bad", more);
  expect(ends).toEqual(["bad BAD_ARGUMENT undefined"]);
  enqueue("after");
  await settle();
  expect(ends.slice(1)).toEqual(["before", "after"]);
  expect(peer.received).toMatchObject([{ data: bytes("before") }, { data: bytes("after") }]);
});

test("a full queue refuses with QUEUE_FULL; drain is emitted once half of it is free", async () => {
  const { client, peer } = await connected({}, { window: 1, maxQueued: 4 });
  const { ends, enqueue } = bulk(client);
  let drains = 0;
  client.on("drain", () => drains++);
  enqueue("0");
  await settle(); // sent, waits for its answer
  for (const name of ["1", "2", "3", "4", "5"]) enqueue(name);
  expect([client.queueRoom, ends]).toEqual([0, ["5 QUEUE_FULL undefined"]]);
  const answer = async () => {
    peer.send({ name: "JOB_CREATED", handle: bytes("H:1") });
    await settle();
  };
  await answer();
  expect([client.queueRoom, drains]).toEqual([1, 0]);
  await answer();
  expect([client.queueRoom, drains]).toEqual([2, 1]);
  await answer();
  expect([client.queueRoom, drains]).toEqual([3, 1]);
});

// a window larger than the queue: the queue is empty again at the end of the turn in which it was full
test.for([3, 1024])(
  "all jobs of a producer that respects queueRoom and drain are submitted, window %i",
  async (window) => {
    const { client, peer } = await connected(accepting(), { window, maxQueued: 10 });
    const { ends, enqueue } = bulk(client);
    let made = 0;
    const more = () => {
      while (client.queueRoom > 0 && made < 500) enqueue(String(made++));
    };
    client.on("drain", more);
    more();
    for (let turn = 0; turn < 1000 && ends.length < 500; turn++) await settle();
    expect(ends).toEqual(Array.from({ length: 500 }, (_, n) => String(n)));
    expect(peer.received).toHaveLength(500);
  },
);

test("after a lost connection, unanswered jobs fail; unsent jobs and those with resend use the next connection", async () => {
  const { server, clock, client, peer } = await connected({}, { window: 3 });
  const { ends, enqueue } = bulk(client);
  for (const name of ["1", "2", "3", "4"]) enqueue(name, { resend: name === "2" });
  await settle();
  expect(peer.received).toHaveLength(3);
  peer.destroy();
  await settle();
  expect(ends).toEqual(["1 CONNECTION_LOST submitting", "3 CONNECTION_LOST submitting"]);
  await clock.advance(100);
  const next = await server.connection();
  await settle();
  expect(next.received).toMatchObject([{ data: bytes("2") }, { data: bytes("4") }]);
});

test("an ERROR fails its job only; no answer within the time is TIMEOUT; after close it is CLOSED", async () => {
  const { client, peer, clock } = await connected({}, { submitTimeoutMs: 1000 });
  const { ends, enqueue } = bulk(client);
  enqueue("refused");
  enqueue("taken");
  enqueue("overdue");
  await settle();
  peer.send(
    { name: "ERROR", code: bytes("QUEUE_ERROR"), text: bytes("full") },
    { name: "JOB_CREATED", handle: bytes("H:1") },
  );
  await settle();
  await clock.advance(1000);
  const closed = client.close();
  enqueue("late");
  await closed;
  expect(ends).toEqual([
    "refused SERVER_ERROR submitting",
    "taken",
    "overdue TIMEOUT submitting",
    "late CLOSED undefined",
  ]);
});

test("answers may be cut anywhere, have handles of any length, and be mixed with other answers", async () => {
  const created = (handle: string) => encodePacket("RES", { name: "JOB_CREATED", handle: bytes(handle) });
  const status = encodePacket("RES", {
    name: "STATUS_RES",
    handle: bytes("H:1"),
    known: bytes("1"),
    running: bytes("0"),
    numerator: bytes("0"),
    denominator: bytes("0"),
  });
  const answers = [
    created("H:1"),
    created("h".repeat(300)),
    status,
    created(""),
    created("H:2"),
    created("H:3"),
  ];
  const wire = Buffer.concat(answers);
  for (let cut = 0; cut <= wire.length; cut++) {
    const { client, peer } = await connected();
    const { ends, enqueue } = bulk(client);
    enqueue("a");
    enqueue("b");
    const known = client.getStatus(bytes("H:1"));
    for (const name of ["c", "d", "e"]) enqueue(name);
    await settle();
    peer.sendBytes(wire.subarray(0, cut));
    await settle();
    peer.sendBytes(wire.subarray(cut));
    expect((await known).known).toBe(true);
    await settle();
    expect(ends).toEqual(["a", "b", "c", "d", "e"]);
    expect(client.connected).toBe(true);
  }
});

describe("a tracked job", () => {
  /** Records what becomes of jobs: handle and server, or code. */
  function tracking(client: ClientConnection) {
    const ends: string[] = [];
    const track = (name: string, more: Parameters<typeof job>[1] = {}) =>
      client.trackBackground(job(name, more), {
        accepted: (from, start, end, server) =>
          ends.push(`${name} ${from.toString("latin1", start, end)} ${server.host}:${server.port}`),
        refused: (error) => ends.push(`${name} ${error.code}`),
      });
    return { ends, track };
  }

  test("is reported with its handle and its server, in order", async () => {
    const { client } = await connected(accepting());
    const { ends, track } = tracking(client);
    for (const name of ["a", "b"]) track(name);
    await settle();
    expect(ends).toEqual(["a H:1 first:4730", "b H:2 first:4730"]);
    await client.close();
  });

  test("is refused at once when it cannot be sent, and when its connection ends", async () => {
    const { client, peer } = await connected({});
    const { ends, track } = tracking(client);
    track("bad", { unique: bytes("x".repeat(64)) });
    expect(ends).toEqual(["bad BAD_ARGUMENT"]);
    track("lost");
    await settle();
    peer.end();
    await settle();
    expect(ends).toEqual(["bad BAD_ARGUMENT", "lost CONNECTION_LOST"]);
    await client.close();
    track("late");
    expect(ends.at(-1)).toBe("late CLOSED");
  });
});
