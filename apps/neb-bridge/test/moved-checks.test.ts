import { ManualClock } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";

import type { PlainJob } from "../src/jobs.ts";
import { objectKey } from "../src/object-key.ts";
import { OutstandingChecks, type OutstandingOptions } from "../src/outstanding.ts";

const first = { host: "localhost", port: 4730 };
const second = { host: "localhost", port: 4731 };
const NOW = 1_795_246_700_000_000n;
const PLANNED = NOW - 20_000_000n;
const host = (name: string): Buffer => Buffer.from(name);

/** Checks of a bridge with two job servers; those in `away` are not connected. */
function setup(over: Partial<OutstandingOptions> = {}) {
  const clock = new ManualClock();
  const away = new Set<number>();
  const known = new Set<string>();
  const submitted: string[] = [];
  const lost: string[] = [];
  const lines: string[] = [];
  const checks = new OutstandingChecks({
    clock,
    isKnown: ({ hostName, server }) =>
      away.has(server.port)
        ? Promise.reject(new Error("not connected"))
        : Promise.resolve(known.has(`${hostName}@${server.port}`)),
    mayAsk: () => true,
    drainedSince: () => true,
    isReplaced: ({ port }) => away.has(port) && away.size < 2,
    submit: ({ text }) => {
      const server = away.has(first.port) ? second : first;
      if (away.has(server.port)) return Promise.reject(new Error("no job server"));
      submitted.push(`${text}@${server.port}`);
      return Promise.resolve({ handle: Buffer.from(`H:${submitted.length}`), server });
    },
    onMoved: (text) => lines.push(text),
    onLost: ({ hostName }, { why, isOverdue }) => lost.push(`${hostName}: ${isOverdue ? "overdue" : why}`),
    graceMs: 15_000,
    deliveryMs: 5_000,
    maxDeliveryMs: 600_000,
    sweepMs: 1_000,
    maxChecks: 10_000,
    maxKeptBytes: 10_000_000,
    maxAnswered: 100,
    ...over,
  });
  const add = (name: string, planned = PLANNED, at = first): void => {
    const claim = checks.claim(objectKey(host(name), undefined), `u-${name}`);
    const plain: PlainJob = {
      queue: Buffer.from("host"),
      unique: Buffer.from(`u-${name}`),
      priority: "normal",
      text: Buffer.from(name),
    };
    const taken = { handle: Buffer.from("H:0"), server: at, timeoutMs: 10_000 };
    checks.accept(claim, { ...taken, coreTime: planned, plain });
  };
  /** A result comes. @returns whether the core gets it */
  const result = (name: string, planned: bigint | undefined = PLANNED): boolean => {
    const hostName = host(name);
    const coreStartTime = planned;
    if (checks.isSecond(coreStartTime === undefined ? { hostName } : { hostName, coreStartTime }, () => NOW))
      return false;
    checks.remove(hostName, undefined);
    return true;
  };
  return { clock, away, known, submitted, lost, lines, checks, add, result };
}

describe("a server is lost while another one takes jobs", () => {
  test("its checks go to that one with the next sweep, none is lost", async () => {
    const { clock, away, submitted, lost, lines, checks, add } = setup();
    for (let number = 0; number < 1000; number++) add(`h${number}`);
    add("elsewhere", PLANNED, second);
    away.add(first.port);
    checks.doubtAll(first);
    await clock.advance(1000);
    expect(new Set(submitted).size).toBe(1000);
    expect(submitted).not.toContain("elsewhere@4731");
    expect([checks.size, checks.moved, lost]).toEqual([1001, 1000, []]);
    checks.doubtAll(first); // it is back
    away.clear();
    await clock.advance(10_000);
    expect(submitted).toHaveLength(1000);
    expect(lines).toEqual([
      "checks of a lost job server: 1000 put on a job server again, 0 given back to the core",
    ]);
  });

  test("that did not answer for seconds: they go to the other one at once", async () => {
    const { clock, away, submitted, checks, add } = setup();
    add("h");
    away.add(first.port);
    checks.doubtAll(first, true);
    expect(submitted).toEqual(["h@4731"]);
    await clock.advance(5000);
    expect(submitted).toHaveLength(1);
  });

  test("back before the sweep it is asked instead, and keeps what it has", async () => {
    const { clock, known, submitted, lost, checks, add } = setup();
    add("kept");
    add("gone");
    known.add("kept@4730");
    checks.doubtAll(first);
    await clock.advance(4000);
    expect(submitted).toEqual([]);
    await clock.advance(4000);
    expect([submitted, lost]).toEqual([["gone@4730"], []]);
  });

  test("what both were out of reach for goes to the one that comes back first", async () => {
    const { clock, away, submitted, checks, add } = setup();
    add("h");
    away.add(first.port).add(second.port);
    checks.doubtAll(first);
    await clock.advance(30_000);
    expect(submitted).toEqual([]);
    away.delete(second.port);
    await clock.advance(2000);
    expect(submitted).toEqual(["h@4731"]);
  });

  test("a check whose job text was not kept goes back to the core", async () => {
    const { clock, away, submitted, lost, checks, add } = setup({ maxKeptBytes: 5 });
    add("a");
    add("b");
    away.add(first.port);
    checks.doubtAll(first);
    await clock.advance(1000);
    expect(submitted).toEqual(["a@4731"]);
    expect(lost).toEqual(["b: job server localhost:4730 was lost with the job"]);
  });

  test("servers that die one after the other do not pass a check on without end", async () => {
    const { clock, away, submitted, lost, checks, add } = setup();
    add("h");
    for (let turn = 0; turn < 10; turn++) {
      const [gone, left] = turn % 2 === 0 ? [first, second] : [second, first];
      away.add(gone.port).delete(left.port);
      checks.doubtAll(gone);
      await clock.advance(1000);
    }
    expect(submitted).toHaveLength(5);
    expect(lost).toEqual(["h: job server localhost:4731 was lost with the job"]);
  });
});

describe("the result of a check that two servers had", () => {
  async function moved() {
    const made = setup();
    made.add("h");
    made.away.add(first.port);
    made.checks.doubtAll(first);
    await made.clock.advance(1000);
    return made;
  }

  test("the first one is applied, the second dropped and counted, whichever came first", async () => {
    const { checks, result } = await moved();
    expect([result("h"), result("h"), result("h")]).toEqual([true, false, false]);
    expect(checks.second).toBe(2);
  });

  test("of the next run it is applied, also when the second of the former comes between", async () => {
    const { add, result } = await moved();
    expect(result("h")).toBe(true);
    const next = PLANNED + 10_000_000n;
    add("h", next);
    expect([result("h"), result("h", next)]).toEqual([false, true]);
  });

  test("times of a Go worker may be off by a microsecond", async () => {
    const { result } = await moved();
    expect([result("h"), result("h", PLANNED + 1n)]).toEqual([true, false]);
  });

  test("without a planned time (C worker) one result is dropped while none is expected", async () => {
    const { add, result } = await moved();
    const garbage = 94_000_000_000_000_000n;
    expect([result("h", undefined), result("h", garbage), result("h", undefined)]).toEqual([
      true,
      false,
      true,
    ]);
    add("h", PLANNED + 10_000_000n);
    expect(result("h", undefined)).toBe(true);
  });

  test("an object that was never in doubt loses nothing", () => {
    const { add, result } = setup();
    add("h");
    expect([result("h"), result("h"), result("other")]).toEqual([true, true, true]);
  });

  test("a result while its job is being moved counts as the first", async () => {
    const answer = Promise.withResolvers<{ handle: Buffer; server: typeof first }>();
    const { clock, away, checks, add, result } = setup({ submit: () => answer.promise });
    add("h");
    away.add(first.port);
    checks.doubtAll(first);
    await clock.advance(1000);
    expect(result("h")).toBe(true);
    answer.resolve({ handle: Buffer.from("H:9"), server: second });
    await clock.advance(1000);
    expect(checks.size).toBe(0);
    expect(result("h")).toBe(false);
  });
});

test("a job that vanished while its server was there is given up as overdue; its late result is dropped", async () => {
  const { clock, submitted, lost, add, result } = setup();
  add("h");
  await clock.advance(25_000);
  expect(lost).toEqual([]);
  await clock.advance(7000);
  expect([lost, submitted]).toEqual([["h: overdue"], []]);
  expect(result("h")).toBe(false);
});

describe("the result of a job is refused, since its worker is revoked", () => {
  const key = objectKey(host("web01"), undefined);

  test("as soon as the server has forgotten the job, another worker gets the check", async () => {
    const { clock, submitted, lost, lines, checks, add, result } = setup();
    add("web01");
    await clock.advance(500);
    checks.repeat(key, "an-id");
    await clock.advance(2000);
    expect(submitted).toEqual(["web01@4730"]);
    await clock.advance(2000);
    expect([checks.repeated, checks.moved, lost]).toEqual([1, 0, []]);
    expect(lines).toEqual([
      "checks that a revoked worker had taken: 1 put on a job server again, 0 given back to the core",
    ]);
    expect([result("web01"), checks.size]).toEqual([true, 0]);
  });

  test("while the server has the job, nothing is done, however many such results come", async () => {
    const { clock, known, submitted, checks, add } = setup();
    known.add("web01@4730");
    add("web01");
    for (let second = 0; second < 60; second++) {
      checks.repeat(key, "an-id");
      await clock.advance(1000);
    }
    expect(submitted).toEqual([]);
    known.clear();
    for (let tenth = 0; tenth < 170; tenth++) {
      checks.repeat(key, "an-id"); // must not put the question off
      await clock.advance(100);
    }
    expect(submitted.length).toBeGreaterThan(0);
  });

  test("a worker that takes it again and again gets it five times at most: then the core runs it", async () => {
    const { clock, submitted, lost, lines, checks, add } = setup();
    add("web01");
    for (let second = 0; second < 60; second++) {
      checks.repeat(key, "an-id");
      await clock.advance(1000);
    }
    expect(submitted).toHaveLength(5);
    expect(lost).toEqual(["web01: its job was taken by workers that are revoked"]);
    expect(lines.join()).not.toContain("lost job server");
    checks.repeat(key, "an-id"); // nothing is under way
    expect(checks.size).toBe(0);
  });

  /** Puts a sealed job on the first server. @param isRefused its result is refused before the server has acknowledged it */
  const put = ({ checks }: ReturnType<typeof setup>, id: string, handle: string, isRefused = false): void => {
    const claim = checks.claim(key, "u");
    if (isRefused) checks.repeat(key, id);
    const text = Buffer.from(`type=host\njob_id=${id}\ncommand_line=x\n`);
    const names = { queue: Buffer.from("host"), unique: Buffer.from("u"), priority: "normal" } as const;
    const plain: PlainJob = { ...names, text, isSealed: true, jobId: id };
    const taken = { handle: Buffer.from(handle), server: first, timeoutMs: 10_000 };
    checks.accept(claim, { ...taken, coreTime: PLANNED, plain });
  };

  test("a result that is faster than the acknowledgement of its job counts as well", async () => {
    const site = setup();
    put(site, "one", "H:1", true);
    await site.clock.advance(4000);
    expect([site.submitted.length, site.checks.repeated, site.lost]).toEqual([1, 1, []]);
  });

  test("it says nothing about the next job of the object", async () => {
    const site = setup();
    put(site, "one", "H:1");
    const claim = site.checks.claim(key, "u");
    site.checks.repeat(key, "one");
    site.checks.release(claim);
    put(site, "two", "H:2");
    await site.clock.advance(4000);
    expect(site.submitted).toEqual([]);
  });

  test("but it does if the server has joined that one to it", async () => {
    const site = setup();
    put(site, "one", "H:1");
    site.checks.repeat(key, "one");
    put(site, "two", "H:1");
    await site.clock.advance(4000);
    expect(site.submitted).toEqual([expect.stringContaining("job_id=two")]);
  });
});
