import { join } from "node:path";
import { memoryLogger } from "@mod-gearman/observe";
import { openSpool } from "@mod-gearman/spool";
import { ManualClock, type TestContext, tmpFolder } from "@mod-gearman/testkit";
import { describe, expect, test, vi } from "vitest";
import type { RecordStore } from "../src/record-store.ts";
import { ReloadableSpool } from "../src/reloadable-spool.ts";
import { FakeSubmitter, result } from "./fake-submitter.ts";

function setUp(context: TestContext, maxBytes = 1 << 20) {
  const folder = tmpFolder(context);
  const spool = openSpool({ folder: join(folder, "a"), maxBytes });
  const submitter = new FakeSubmitter();
  const clock = new ManualClock();
  const logger = memoryLogger();
  const reloadable = new ReloadableSpool({ openSpool: () => spool, submitter, clock, logger });
  reloadable.follow({ folder, maxBytes });
  const results = reloadable.jobs;
  if (results === undefined) throw new Error("no spool");
  const open = (name: string, bytes = maxBytes): RecordStore =>
    openSpool({ folder: join(folder, name), maxBytes: bytes });
  context.onTestFinished(() => results.closeStore());
  return { results, submitter, clock, logger, open, spool };
}

const refused = Object.assign(new Error("SERVER_ERROR: full"), { code: "SERVER_ERROR" });

describe("results on disk", () => {
  test("wait for a server, are sent in order and removed one by one", (context) => {
    const { results, submitter } = setUp(context);
    submitter.connected = false;
    for (const text of ["a", "b", "c"]) expect(results.keep(result(text))).toBe(true);
    expect([results.length, submitter.texts]).toEqual([3, []]);
    submitter.connected = true;
    results.retryNow();
    expect(submitter.texts).toEqual(["a", "b", "c"]);
    submitter.settle(1);
    expect([results.length, results.sent]).toEqual([2, 1]);
    submitter.settleAll();
    expect([results.length, results.bytes, results.sent]).toEqual([0, 0, 3]);
  });

  test("keep queue, unique key and origin", (context) => {
    const { results, submitter } = setUp(context);
    results.keep(result("a", "b:2"));
    expect(submitter.sent[0]?.result).toEqual(result("a", "b:2"));
  });

  test("a lost connection: the same jobs are resent in order, after a pause or once a server is reachable", async (context) => {
    const { results, submitter, clock } = setUp(context);
    for (const text of ["a", "b", "c"]) results.keep(result(text));
    submitter.settle(0);
    submitter.settle(1, new Error("lost"));
    results.keep(result("d"));
    submitter.settle(2, new Error("lost"));
    expect(submitter.texts).toEqual(["a", "b", "c"]);
    await clock.advance(999);
    expect(submitter.texts).toHaveLength(3);
    await clock.advance(1);
    expect(submitter.texts.slice(3)).toEqual(["b", "c", "d"]);
    submitter.settle(3, new Error("lost"));
    submitter.settle(4, new Error("lost"));
    submitter.settle(5, new Error("lost"));
    results.retryNow();
    expect(submitter.texts.slice(6)).toEqual(["b", "c", "d"]);
    submitter.settleAll();
    expect([results.length, results.sent, clock.pending]).toEqual([0, 4, 0]);
  });

  test("thousands are sent through a bounded window", (context) => {
    const { results, submitter } = setUp(context, 8 << 20);
    submitter.connected = false;
    for (let count = 0; count < 3000; count++) results.keep(result(`${count}`));
    submitter.connected = true;
    results.send();
    let most = 0;
    for (let at = 0; at < 3000; at++) {
      most = Math.max(most, submitter.sent.length - at);
      submitter.settle(at);
    }
    expect(most).toBeLessThanOrEqual(256);
    expect(submitter.texts).toEqual(Array.from({ length: 3000 }, (_, at) => `${at}`));
    expect(results.length).toBe(0);
  });

  test("large jobs are read a few at a time", (context) => {
    const { results, submitter } = setUp(context, 128 << 20);
    submitter.connected = false;
    const text = "x".repeat(5 << 20);
    for (let count = 0; count < 12; count++) results.keep(result(text));
    submitter.connected = true;
    results.send();
    expect(submitter.sent).toHaveLength(4);
    for (let at = 0; at < 12; at++) submitter.settle(at);
    expect([submitter.sent.length, results.length]).toEqual([12, 0]);
  });

  test("a job refused repeatedly while others are accepted is dropped; a full server causes no drop", async (context) => {
    const { results, submitter, clock, logger } = setUp(context);
    results.keep(result("poison"));
    for (let round = 0; round < 6; round++) {
      submitter.settleAll(refused);
      await clock.advance(1000);
    }
    expect([results.length, results.dropped]).toEqual([1, 0]);
    results.keep(result("good"));
    const at = submitter.texts.lastIndexOf("good");
    submitter.settle(at);
    submitter.settleAll(refused);
    expect([results.length, results.dropped, results.sent]).toEqual([0, 1, 1]);
    expect(logger.lines).toContain("error: failed to send back result: SERVER_ERROR: full");
  });

  test("a job that can never be sent is dropped", (context) => {
    const { results, submitter } = setUp(context);
    results.keep(result("a"));
    submitter.settle(0, Object.assign(new Error("NUL"), { code: "BAD_ARGUMENT" }));
    expect([results.length, results.dropped]).toEqual([0, 1]);
  });

  test("a full spool accepts no more and loses nothing", (context) => {
    const { results, submitter, logger } = setUp(context, 65_536);
    submitter.connected = false;
    let kept = 0;
    while (results.keep(result("x".repeat(1000)))) kept++;
    expect([results.length, results.lost]).toEqual([kept, 0]);
    expect(kept).toBeGreaterThan(50);
    expect(logger.lines).toEqual(["warn: the result spool is full, results wait in memory"]);
  });

  test("drained resolves when the spool is empty or no server is connected", async (context) => {
    const { results, submitter } = setUp(context);
    await results.drained();
    results.keep(result("a"));
    const drained = results.drained();
    submitter.settle(0);
    await drained;
    submitter.connected = false;
    results.keep(result("b"));
    await results.drained();
    expect(results.length).toBe(1);
  });

  test("close ends the retries; unsent jobs stay", async (context) => {
    const { results, submitter, clock } = setUp(context);
    results.keep(result("a"));
    submitter.settle(0, new Error("lost"));
    results.close();
    await clock.advance(5000);
    expect([submitter.texts, results.length, clock.pending]).toEqual([["a"], 1, 0]);
    expect(results.keep(result("b"))).toBe(true);
    expect(submitter.texts).toEqual(["a"]);
  });

  test("after a resize unacknowledged jobs are not sent twice, later ones are sent", (context) => {
    const { results, submitter } = setUp(context);
    for (const text of ["x", "a", "b"]) results.keep(result(text));
    submitter.settle(0);
    results.resize(200_000);
    submitter.settleAll();
    expect([results.length, results.sent, submitter.texts]).toEqual([0, 3, ["x", "a", "b"]]);
    results.resize(100_000);
    results.keep(result("c"));
    expect(submitter.texts.at(-1)).toBe("c");
  });

  test("a disk that temporarily fails to read: retried, and drained does not wait for it", async (context) => {
    const { results, submitter, spool, clock } = setUp(context);
    submitter.connected = false;
    for (const text of ["a", "b"]) results.keep(result(text));
    const peek = vi.spyOn(spool, "peek").mockReturnValue([]);
    submitter.connected = true;
    results.send();
    await results.drained();
    expect([results.length, submitter.texts, clock.pending]).toEqual([2, [], 1]);
    peek.mockRestore();
    await clock.advance(1000);
    expect(submitter.texts).toEqual(["a", "b"]);
    submitter.settleAll();
    await results.drained();
    expect([results.length, clock.pending]).toEqual([0, 0]);
  });

  test("are moved to another spool in order; those that do not fit are counted", (context) => {
    const { results, submitter, open } = setUp(context);
    submitter.connected = false;
    for (const text of ["a", "b", "c"]) results.keep(result(text));
    expect(results.moveTo(open("b"))).toBe(0);
    expect(results.length).toBe(3);
    expect(results.moveTo(open("c", 40))).toBe(2);
    submitter.connected = true;
    results.send();
    expect(submitter.texts).toEqual(["a"]);
  });
});
