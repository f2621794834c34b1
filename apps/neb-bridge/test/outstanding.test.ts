import { ManualClock, settle } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";

import type { PlainJob } from "../src/jobs.ts";
import { objectKey } from "../src/object-key.ts";
import { OutstandingChecks, type OutstandingOptions } from "../src/outstanding.ts";

const server = { host: "localhost", port: 4730 };
const NOW = 1_795_246_700_000_000n;
const PLANNED = NOW - 20_000_000n;
const buffer = (text: string | undefined): Buffer | undefined =>
  text === undefined ? undefined : Buffer.from(text);

function add(checks: OutstandingChecks, host: string, service?: string, over: Partial<Added> = {}): void {
  const { unique = `u-${host}-${service}`, at = server, handle = "H:x:1", coreTime = PLANNED } = over;
  const claim = checks.claim(objectKey(Buffer.from(host), buffer(service)), unique);
  const plain: PlainJob = {
    queue: Buffer.from("service"),
    unique: Buffer.from(unique),
    priority: "low",
    text: Buffer.from(`job of ${host}`),
  };
  checks.accept(claim, { handle: Buffer.from(handle), server: at, timeoutMs: 10_000, coreTime, plain });
}

interface Added {
  unique: string;
  handle: string;
  at: typeof server;
  coreTime: bigint;
}

interface Setup {
  clock: ManualClock;
  checks: OutstandingChecks;
  asked: string[];
  lost: string[];
  answer: { known: boolean | Error };
}

function setup(over: Partial<OutstandingOptions> = {}): Setup {
  const clock = new ManualClock();
  const asked: string[] = [];
  const lost: string[] = [];
  const answer: { known: boolean | Error } = { known: true };
  const checks = new OutstandingChecks({
    clock,
    isKnown: (one) => {
      asked.push(one.hostName.toString());
      return answer.known instanceof Error ? Promise.reject(answer.known) : Promise.resolve(answer.known);
    },
    mayAsk: () => true,
    drainedSince: () => true,
    isReplaced: () => false,
    onMoved: () => undefined,
    submit: () => Promise.reject(new Error("no job server")),
    onLost: (one) => lost.push(one.hostName.toString()),
    graceMs: 15_000,
    deliveryMs: 5_000,
    maxDeliveryMs: 600_000,
    sweepMs: 1_000,
    maxChecks: 100,
    maxKeptBytes: 10_000_000,
    maxAnswered: 100,
    ...over,
  });
  return { clock, checks, asked, lost, answer };
}

test("a result in time: no server is asked, and the row is handed over", async () => {
  const { clock, checks, asked } = setup();
  add(checks, "web01", "HTTP");
  await clock.advance(700);
  expect(checks.remove(Buffer.from("web01"), Buffer.from("HTTP"))).toMatchObject({
    queuedAfterMs: 0,
    takenBeforeMs: -1,
  });
  expect(checks.remove(Buffer.from("web01"), Buffer.from("HTTP"))).toBeUndefined();
  await clock.advance(60_000);
  expect(asked).toEqual([]);
  expect(checks.size).toBe(0);
});

test("an overdue check that the job server still has is kept and asked about again later", async () => {
  const { clock, checks, asked, lost } = setup();
  add(checks, "web01");
  await clock.advance(24_000);
  expect(asked).toEqual([]);
  await clock.advance(2_000);
  expect(asked).toEqual(["web01"]);
  await clock.advance(26_000);
  expect(asked).toHaveLength(2);
  expect(lost).toEqual([]);
});

test("a job that the server does not know is lost only after its result had time to arrive", async () => {
  const { clock, checks, lost, answer } = setup({ maxKeptBytes: 0 });
  add(checks, "web01");
  add(checks, "web02");
  answer.known = false;
  checks.doubtAll(server);
  await clock.advance(1_000);
  expect(lost).toEqual([]);
  checks.remove(Buffer.from("web02"), undefined); // its result was on the way
  await clock.advance(6_000);
  expect(lost).toEqual(["web01"]);
  expect(checks.lost).toBe(1);
  await clock.advance(60_000);
  expect(lost).toEqual(["web01"]);
});

test("without a reachable server no check is lost and the request is repeated", async () => {
  const { clock, checks, asked, lost, answer } = setup();
  add(checks, "web01");
  answer.known = new Error("not connected");
  checks.doubtAll(server);
  await clock.advance(5_000);
  expect(asked.length).toBeGreaterThan(3);
  expect(lost).toEqual([]);
});

test("the same object again replaces its row", async () => {
  const { clock, checks, asked } = setup();
  add(checks, "web01");
  await clock.advance(20_000);
  add(checks, "web01");
  await clock.advance(20_000);
  expect(asked).toEqual([]);
  expect(checks.size).toBe(1);
});

test("a unique key belongs to the object with that job", () => {
  const { checks } = setup();
  add(checks, "a-b", "c", { unique: "same" });
  const owner = objectKey(Buffer.from("a-b"), Buffer.from("c"));
  const other = objectKey(Buffer.from("a"), Buffer.from("b-c"));
  expect(checks.isTaken("same", owner)).toBe(false);
  expect(checks.isTaken("same", other)).toBe(true);
  checks.remove(Buffer.from("a-b"), Buffer.from("c"));
  expect(checks.isTaken("same", other)).toBe(false);
});

test("the table is limited, and checks above the limit are counted", () => {
  const { checks } = setup({ maxChecks: 2 });
  for (const host of ["a", "b", "c", "a"]) add(checks, host);
  expect(checks.size).toBe(2);
  expect(checks.unwatched).toBe(1);
});

test("close stops the timer", () => {
  const { clock, checks } = setup();
  add(checks, "a");
  checks.close();
  expect(clock.pending).toBe(0);
});

test("a row is replaced completely: its previous unique key is free again", () => {
  const { checks } = setup();
  add(checks, "a", "b-c", { unique: "first" });
  add(checks, "a", "b-c", { unique: "second" });
  const other = objectKey(Buffer.from("x"), undefined);
  expect(checks.isTaken("first", other)).toBe(false);
  expect(checks.isTaken("second", other)).toBe(true);
});

test("a released claim leaves the outstanding job of the same object watched", async () => {
  const { clock, checks, asked } = setup();
  add(checks, "web01", undefined, { unique: "u" });
  const key = objectKey(Buffer.from("web01"), undefined);
  checks.release(checks.claim(key, "u"));
  expect(checks.isTaken("u", objectKey(Buffer.from("x"), undefined))).toBe(true);
  await clock.advance(26_000);
  expect(asked).toEqual(["web01"]);
});

test("a unique key stays in use while one of two jobs of its object is being submitted", () => {
  const { checks } = setup();
  const key = objectKey(Buffer.from("web01"), undefined);
  const other = objectKey(Buffer.from("x"), undefined);
  const first = checks.claim(key, "u");
  const second = checks.claim(key, "u");
  checks.release(first);
  expect(checks.isTaken("u", other)).toBe(true);
  checks.release(second);
  expect(checks.isTaken("u", other)).toBe(false);
});

test("only jobs on the reconnected server are in doubt", async () => {
  const { clock, checks, asked } = setup();
  add(checks, "here");
  add(checks, "there", undefined, { at: { host: "localhost", port: 4731 } });
  checks.doubtAll({ ...server });
  await clock.advance(2_000);
  expect(asked).toEqual(["here"]);
});

test("while results wait in the result queue, a job that has left the server is not lost, up to a limit", async () => {
  let emptyAt = 0;
  const { clock, checks, lost, answer } = setup({
    drainedSince: (ms) => emptyAt >= ms,
    maxDeliveryMs: 60_000,
    maxKeptBytes: 0,
  });
  answer.known = false;
  add(checks, "web01");
  checks.doubtAll(server);
  await clock.advance(30_000);
  expect(lost).toEqual([]);
  emptyAt = clock.monotonicMs();
  await clock.advance(6_000);
  expect(lost).toEqual(["web01"]);

  add(checks, "web02");
  checks.doubtAll(server);
  emptyAt = 0;
  await clock.advance(70_000);
  expect(lost).toEqual(["web01", "web02"]);
});

test("thousands of checks in doubt are asked about at the rate of the server, a few at a time", async () => {
  const open: (() => void)[] = [];
  let most = 0;
  let asked = 0;
  const { clock, checks } = setup({
    maxChecks: 10_000,
    isKnown: () => {
      asked += 1;
      return new Promise((resolve) => {
        open.push(() => resolve(true));
        most = Math.max(most, open.length);
      });
    },
  });
  for (let i = 0; i < 5_000; i += 1) add(checks, `h${i}`);
  checks.doubtAll(server);
  await clock.advance(1_000);
  while (open.length > 0) {
    for (const resolve of open.splice(0)) resolve();
    await settle();
  }
  expect(asked).toBe(5_000); // within one sweep
  expect(most).toBe(200);
});

test("without a reachable server a sweep makes a few requests, not one per check", async () => {
  let asked = 0;
  const { clock, checks } = setup({
    maxChecks: 10_000,
    isKnown: () => {
      asked += 1;
      return Promise.reject(new Error("no core"));
    },
  });
  for (let i = 0; i < 5_000; i += 1) add(checks, `h${i}`);
  checks.doubtAll(server);
  await clock.advance(3_000);
  expect(asked).toBeLessThanOrEqual(600);
  expect(checks.size).toBe(5_000);
});

test("a job without a unique key is asked about by its handle", async () => {
  const ids: unknown[] = [];
  const { clock, checks } = setup({
    isKnown: ({ id }) => {
      ids.push(id);
      return Promise.resolve(true);
    },
  });
  add(checks, "a", "b", { unique: "", handle: "H:srv:42" });
  add(checks, "c", "d", { unique: "UNIQ" });
  checks.doubtAll(server);
  await clock.advance(1_000);
  expect(ids).toEqual([{ handle: Buffer.from("H:srv:42") }, { unique: Buffer.from("UNIQ") }]);
});

describe("27: a server that cannot be asked", () => {
  const there = { host: "localhost", port: 4731 };

  function twoServers(over: Partial<OutstandingOptions> = {}) {
    const away = new Set<number>([there.port]);
    const asked: string[] = [];
    const made = setup({
      maxChecks: 10_000,
      isKnown: (one) => {
        asked.push(`${one.hostName}@${one.server.port}`);
        return away.has(one.server.port) ? Promise.reject(new Error("away")) : Promise.resolve(false);
      },
      ...over,
    });
    return { ...made, asked, away };
  }

  test("its checks are not lost, and one request per second covers all of them", async () => {
    const { clock, checks, asked, lost } = twoServers();
    for (let i = 0; i < 1000; i++) add(checks, `there-${i}`, undefined, { at: there });
    add(checks, "here");
    await clock.advance(26_000);
    expect(asked.length).toBeLessThan(300); // requests pending at the first answer, and probes
    const before = asked.length;
    await clock.advance(60_000);
    expect(asked.length - before).toBeLessThan(70);
    expect(lost).toEqual(["here"]); // the other server answers, and does not know it
    expect(checks.size).toBe(1000);
  });

  test("when it answers again, all of them are asked about at once", async () => {
    const { clock, checks, asked, away, lost } = twoServers();
    for (let i = 0; i < 500; i++) add(checks, `there-${i}`, undefined, { at: there });
    await clock.advance(30_000);
    away.clear();
    asked.length = 0;
    await clock.advance(2_000);
    expect(new Set(asked).size).toBe(500);
    expect(lost).toEqual([]);
    await clock.advance(10_000);
    expect(lost).toHaveLength(500);
  });

  test("a result in the meantime ends the wait", async () => {
    const { clock, checks, lost } = twoServers();
    add(checks, "there", undefined, { at: there });
    await clock.advance(60_000);
    expect(checks.remove(Buffer.from("there"), undefined)).toBeDefined();
    await clock.advance(900_000);
    expect(lost).toEqual([]);
    expect(checks.size).toBe(0);
  });

  test("after ten minutes a check is dropped, and the text says that its state is unknown", async () => {
    const texts: string[] = [];
    const { clock, checks } = twoServers({ onLost: (_, { why }) => texts.push(why) });
    for (let i = 0; i < 1500; i++) add(checks, `there-${i}`, undefined, { at: there });
    await clock.advance(620_000);
    expect(texts).toEqual([]);
    await clock.advance(8_000);
    expect(texts).toHaveLength(1500);
    expect(texts[0]).toMatch(/^its job server localhost:4731 could not be asked for 60\d s$/);
  });

  test("without a core no server is asked and no check dropped", async () => {
    let core = true;
    const { clock, checks, asked, lost } = twoServers({ mayAsk: () => core });
    add(checks, "there", undefined, { at: there });
    await clock.advance(30_000);
    core = false;
    asked.length = 0;
    await clock.advance(900_000);
    expect(asked).toEqual([]);
    expect(lost).toEqual([]);
  });
});
