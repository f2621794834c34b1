import { Duplex } from "node:stream";
import type { Clock } from "@mod-gearman/base";

import { duplexPair, ManualClock, settle } from "@mod-gearman/testkit";
import { expect, test } from "vitest";

import { MessageDecoder } from "../../src/link/codec.ts";
import { CoreLink, type CoreLinkOptions } from "../../src/link/core-link.ts";
import { FakeShim } from "../fake-shim.ts";

interface Setup {
  clock: ManualClock;
  link: CoreLink;
  shim: FakeShim;
  seen: string[];
}

function linkOptions(clock: Clock, seen: string[], maxUnsentBytes = 1_000_000): CoreLinkOptions {
  return {
    clock,
    heartbeatMs: 5000,
    backlogBytes: 50_000,
    maxUnsentBytes,
    handlers: {
      onHello: (hello) => seen.push(`hello ${hello.pid}`),
      onEvent: (event) => seen.push(`event ${event.seq}`),
      onResultDone: (seq) => seen.push(`done ${seq}`),
      onWindow: (window) => seen.push(`window ${window}`),
      onUnderWay: ({ host_name: host }) => seen.push(`under way ${host ?? "no more"}`),
      onRecordsDropped: (records) => seen.push(`dropped ${records}`),
      onBye: (reason) => seen.push(`bye ${reason}`),
      onDrain: () => seen.push("drain"),
      onClose: (why) => seen.push(`closed: ${why}`),
    },
  };
}

function setup(maxUnsentBytes = 1_000_000): Setup {
  const clock = new ManualClock();
  const [ours, theirs] = duplexPair();
  const seen: string[] = [];
  const link = new CoreLink(ours, linkOptions(clock, seen, maxUnsentBytes));
  return { clock, link, shim: new FakeShim(theirs), seen };
}

/** A clock whose timers can all be late, as after a stopped process. */
class LateClock {
  #now = 0;
  readonly #timers = new Map<object, () => void>();

  monotonicMs(): number {
    return this.#now;
  }
  wallMs(): number {
    return this.#now;
  }
  random(): number {
    return 0;
  }
  setTimeout(fn: () => void): object {
    const timer = {};
    this.#timers.set(timer, fn);
    return timer;
  }
  clearTimeout(timer: object): void {
    this.#timers.delete(timer);
  }
  standStill(ms: number): void {
    this.#now += ms;
    const due = [...this.#timers.values()];
    this.#timers.clear();
    for (const run of due) run();
  }
}

function setupLate(): { shim: FakeShim; seen: string[]; lateClock: LateClock } {
  const lateClock = new LateClock();
  const [ours, theirs] = duplexPair();
  const seen: string[] = [];
  new CoreLink(ours, linkOptions(lateClock, seen));
  return { shim: new FakeShim(theirs), seen, lateClock };
}

test("messages arrive in order after HELLO", async () => {
  const { shim, seen } = setup();
  shim.hello();
  shim.send({ name: "RESULT_DONE", seq: 7n });
  shim.send({ name: "WINDOW", window: 3 });
  shim.send({ name: "RECORDS_DROPPED", records: 12n });
  shim.send({ name: "CHECK_UNDER_WAY", host_name: Buffer.from("web01") }, { name: "CHECK_UNDER_WAY" });
  await settle();
  expect(seen).toEqual([
    ...["hello 4711", "done 7", "window 3", "dropped 12"],
    ...["under way web01", "under way no more"],
  ]);
});

test("a message before HELLO ends the connection with the reason", async () => {
  const { shim, seen, link } = setup();
  shim.send({ name: "RESULT_DONE", seq: 1n });
  await settle();
  expect(shim.last("BYE")?.reason).toBe(3);
  expect(seen).toEqual(["closed: RESULT_DONE before HELLO"]);
  expect(link.open).toBe(false);
});

test("another protocol version is refused", async () => {
  const { shim, seen } = setup();
  shim.hello({ version: 2 });
  await settle();
  expect(shim.last("BYE")?.reason).toBe(3);
  expect(seen).toEqual(["closed: protocol version 2, this bridge speaks 1"]);
});

test("bytes that are not messages end the connection, nothing throws", async () => {
  const { shim, seen } = setup();
  shim.hello();
  shim.sendRaw(Buffer.from("GET / HTTP/1.1\r\n\r\n"));
  await settle();
  expect(seen[0]).toBe("hello 4711");
  expect(seen[1]).toMatch(/^closed: BODY_TOO_LARGE/);
});

test("a message that only the bridge may send is refused", async () => {
  const { shim, seen } = setup();
  shim.hello();
  shim.send({ name: "EVENT_DONE", seq: 1n });
  await settle();
  expect(seen[1]).toBe("closed: EVENT_DONE is not the core's to send");
});

test("PING is answered; PING is sent if there is no other output", async () => {
  const { clock, shim } = setup();
  shim.hello();
  await settle();
  shim.send({ name: "PING" });
  await settle();
  expect(shim.all("PONG")).toHaveLength(1);
  await clock.advance(5000);
  expect(shim.all("PING")).toHaveLength(1);
});

test("the smaller heartbeat applies; after three of them without a byte the core counts as gone", async () => {
  const { clock, shim, seen } = setup();
  shim.hello({ heartbeat_ms: 1000 });
  await clock.advance(2000);
  shim.send({ name: "PONG" });
  await clock.advance(2999);
  expect(seen).toEqual(["hello 4711"]);
  await clock.advance(1001);
  expect(seen[1]).toMatch(/^closed: silent for \d+ ms$/);
  expect(clock.pending).toBe(0);
});

test("a peer that never sends HELLO is disconnected", async () => {
  const { clock, seen } = setup();
  await clock.advance(15_000);
  expect(seen).toEqual(["closed: silent for 15000 ms"]);
});

test("BYE is reported, then the connection ends once", async () => {
  const { shim, seen } = setup();
  shim.hello();
  shim.send({ name: "BYE", reason: 2 });
  await settle();
  expect(seen).toEqual(["hello 4711", "bye 2", "closed: the core said goodbye"]);
});

test("a core that does not read is disconnected before its backlog exceeds the limit", async () => {
  const { link, seen } = setup(100_000);
  const text = Buffer.alloc(60_000);
  let sent = 0;
  while (link.send({ name: "LOG", level: 1, text }) && sent < 100) sent += 1;
  expect(sent).toBeLessThan(10);
  expect(seen).toEqual(["closed: the core does not read"]);
  expect(link.send({ name: "PING" })).toBe(false);
  await settle();
});

const event = (seq: bigint) =>
  ({
    name: "EVENT_HANDLER",
    seq,
    host_name: Buffer.from("web01"),
    queue: Buffer.from("eventhandler"),
    command_line: Buffer.from("/bin/true"),
    core_time: 0n,
  }) as const;

test("a second HELLO ends the connection", async () => {
  const { shim, seen } = setup();
  shim.hello();
  shim.hello();
  await settle();
  expect(shim.last("BYE")?.reason).toBe(3);
  expect(seen).toEqual(["hello 4711", "closed: a second HELLO"]);
});

test("events are numbered from 1 without gaps; others could not be answered", async () => {
  const { shim, seen } = setup();
  shim.hello();
  for (const seq of [1n, 2n, 9n, 3n]) shim.send(event(seq));
  await settle();
  expect(seen).toEqual(["hello 4711", "event 1", "event 2", "closed: event 9 instead of 3"]);
});

test("a very short heartbeat does not keep the bridge busy", async () => {
  const { clock, shim } = setup();
  shim.hello({ heartbeat_ms: 1 });
  await settle();
  await clock.advance(1000);
  expect(shim.all("PING").length).toBeLessThanOrEqual(10);
});

test("a bridge that was itself stopped does not treat the core as gone", async () => {
  const { shim, seen, lateClock } = setupLate();
  shim.hello();
  await settle();
  lateClock.standStill(60_000); // the process was stopped: all timers are late, and input is not read yet
  expect(seen).toEqual(["hello 4711"]);
});

test("messages sent in one turn leave in one write", async () => {
  const pieces: number[] = [];
  const socket = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => {
      pieces.push(new MessageDecoder().push(chunk).length);
      done();
    },
  });
  const link = new CoreLink(socket, linkOptions(new ManualClock(), []));
  for (let i = 0; i < 100; i += 1) link.send({ name: "PONG" });
  expect(pieces).toEqual([]);
  await settle();
  expect(pieces).toEqual([100]);
});

test("a full backlog is reported, and its drain as well", async () => {
  const { link, shim, seen } = setup(10_000_000);
  expect(link.isWritable).toBe(true);
  link.send({ name: "LOG", level: 1, text: Buffer.alloc(200_000) });
  expect(link.isWritable).toBe(false);
  await settle();
  expect(shim.all("LOG")).toHaveLength(1);
  expect(link.isWritable).toBe(true);
  expect(seen).toEqual(["drain"]);
});

test("a peer that does not read its BYE is disconnected", async () => {
  const clock = new ManualClock();
  const [ours] = duplexPair(); // the other end is not read
  const link = new CoreLink(ours, linkOptions(clock, []));
  link.send({ name: "LOG", level: 1, text: Buffer.alloc(100_000) });
  link.bye("shutdown", "enough");
  await settle();
  expect(ours.destroyed).toBe(false);
  await clock.advance(5000);
  expect(ours.destroyed).toBe(true);
  expect(clock.pending).toBe(0);
});
