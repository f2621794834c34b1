import { duplexPair, ManualClock, settle } from "@mod-gearman/testkit";
import { expect, test } from "vitest";

import { CoreLink } from "../../src/link/core-link.ts";
import { FakeShim } from "../fake-shim.ts";

interface Setup {
  clock: ManualClock;
  link: CoreLink;
  shim: FakeShim;
  seen: string[];
}

function setup(maxUnsentBytes = 1_000_000): Setup {
  const clock = new ManualClock();
  const [ours, theirs] = duplexPair();
  const seen: string[] = [];
  const link = new CoreLink(ours, {
    clock,
    heartbeatMs: 5000,
    maxUnsentBytes,
    handlers: {
      onHello: (hello) => seen.push(`hello ${hello.pid}`),
      onEvent: (event) => seen.push(`event ${event.seq}`),
      onResultDone: (seq) => seen.push(`done ${seq}`),
      onWindow: (window) => seen.push(`window ${window}`),
      onBye: (reason) => seen.push(`bye ${reason}`),
      onClose: (why) => seen.push(`closed: ${why}`),
    },
  });
  return { clock, link, shim: new FakeShim(theirs), seen };
}

test("messages arrive in order after HELLO", async () => {
  const { shim, seen } = setup();
  shim.hello();
  shim.send({ name: "RESULT_DONE", seq: 7n });
  shim.send({ name: "WINDOW", window: 3 });
  await settle();
  expect(seen).toEqual(["hello 4711", "done 7", "window 3"]);
});

test("anything before HELLO ends the connection with the reason", async () => {
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

test("bytes that are no messages end the connection, nothing throws", async () => {
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

test("PING is answered; silence of our side is filled by PING", async () => {
  const { clock, shim } = setup();
  shim.hello();
  await settle();
  shim.send({ name: "PING" });
  await settle();
  expect(shim.all("PONG")).toHaveLength(1);
  await clock.advance(5000);
  expect(shim.all("PING")).toHaveLength(1);
});

test("the smaller heartbeat counts; three of them without a byte mean that the core is gone", async () => {
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

test("a peer that never says HELLO is not kept for ever", async () => {
  const { clock, seen } = setup();
  await clock.advance(15_000);
  expect(seen).toEqual(["closed: silent for 15000 ms"]);
});

test("BYE is told, then the connection ends once", async () => {
  const { shim, seen } = setup();
  shim.hello();
  shim.send({ name: "BYE", reason: 2 });
  await settle();
  expect(seen).toEqual(["hello 4711", "bye 2", "closed: the core said goodbye"]);
});

test("a core that does not read is given up before its backlog grows without limit", async () => {
  const { link, seen } = setup(100_000);
  const text = Buffer.alloc(60_000);
  let sent = 0;
  while (link.send({ name: "LOG", level: 1, text }) && sent < 100) sent += 1;
  expect(sent).toBeLessThan(10);
  expect(seen).toEqual(["closed: the core does not read"]);
  expect(link.send({ name: "PING" })).toBe(false);
  await settle();
});
