import { memoryLogger } from "@mod-gearman/observe";
import { ManualClock } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import type { OutgoingResult } from "../src/outgoing-result.ts";
import { ResultQueue, type ResultQueueOptions } from "../src/result-queue.ts";
import type { SubmitError, Submitter } from "../src/submitter.ts";
import { FakeSubmitter, result } from "./fake-submitter.ts";

function setUp(options: Partial<ResultQueueOptions> = {}) {
  const clock = new ManualClock();
  const submitter = new FakeSubmitter();
  const logger = memoryLogger();
  const defaults = { name: "", maxResults: 3, window: 2, retryEveryMs: 1000, giveUpAfterMs: 120_000 };
  const queue = new ResultQueue({ ...defaults, submitter, clock, logger, ...options });
  const ends: string[] = [];
  const put = (text: string) => queue.put(result(text), (isAccepted) => ends.push(`${text} ${isAccepted}`));
  return { queue, clock, submitter, logger, put, ends };
}

test("sends up to its window, then continues in order", () => {
  const { queue, submitter, put } = setUp();
  for (const text of ["a", "b", "c"]) put(text);
  expect(submitter.texts).toEqual(["a", "b"]);
  submitter.settle(0);
  expect(submitter.texts).toEqual(["a", "b", "c"]);
  expect([queue.size, queue.sent]).toEqual([2, 1]);
});

test("when full, put waits for its turn (back-pressure), offer drops and counts", () => {
  const { queue, submitter, put, ends } = setUp();
  for (const text of ["a", "b", "c", "d", "e"]) put(text);
  expect(ends).toEqual(["a true", "b true", "c true"]);
  expect(queue.offer(result("f"))).toBe(false);
  expect([queue.size, queue.dropped]).toEqual([3, 1]);
  submitter.settle(0);
  expect(ends.at(-1)).toBe("d true");
  expect(queue.size).toBe(3);
  submitter.settle(1);
  expect(ends.at(-1)).toBe("e true");
});

test("new limits apply at once", () => {
  const { queue, submitter, put, ends } = setUp({ maxResults: 2, window: 1 });
  for (const text of ["a", "b", "c"]) put(text);
  expect(ends).toHaveLength(2);
  queue.setLimits({ maxResults: 3, window: 3 });
  expect(ends).toHaveLength(3);
  expect(submitter.texts).toEqual(["a", "b", "c"]);
});

test("bytes count too, but an empty queue accepts any result", () => {
  const { queue } = setUp({ maxBytes: 10 });
  expect(queue.offer(result("x".repeat(50)))).toBe(true);
  expect(queue.offer(result("y"))).toBe(false);
});

test("lost connection: the same result is resent a second later, or once a server is reachable", async () => {
  const { queue, submitter, clock, put } = setUp();
  put("a");
  submitter.settle(0, new Error("lost"));
  await clock.advance(999);
  expect(submitter.texts).toEqual(["a"]);
  await clock.advance(1);
  expect(submitter.texts).toEqual(["a", "a"]);
  submitter.settle(1, new Error("lost"));
  queue.retryNow();
  expect(submitter.texts).toEqual(["a", "a", "a"]);
  submitter.settle(2);
  await queue.drained();
  expect([queue.sent, queue.dropped, clock.pending]).toEqual([1, 0, 0]);
});

test("without a time limit it retries until success; refusals before the call returns cause no recursion", async () => {
  const { giveUpAfterMs: _, ...unlimited } = { giveUpAfterMs: 0, retryEveryMs: 30_000 };
  const clock = new ManualClock();
  const logger = memoryLogger();
  let tries = 0;
  const submitter: Submitter = {
    connected: false,
    enqueueBackground: (_result: OutgoingResult, settled: (error: SubmitError) => void) => {
      tries++;
      settled(new Error("away"));
    },
    close: async () => undefined,
  };
  const sizes = { name: "d:1", maxResults: 20_000, window: 2 };
  const queue = new ResultQueue({ ...sizes, ...unlimited, submitter, clock, logger });
  for (let count = 0; count < 10_000; count++) queue.offer(result("a"));
  expect(tries).toBe(10_000);
  await clock.advance(300_000);
  expect(tries).toBe(110_000);
  expect(queue.size).toBe(10_000);
  expect(logger.lines[0]).toBe(
    "warn: failed to send back result to dupserver d:1, will continue to retry: away",
  );
});

test("a result that can never be sent is dropped at once", async () => {
  const { queue, submitter, logger, put } = setUp();
  put("a");
  submitter.settle(0, Object.assign(new Error("BAD_ARGUMENT: NUL"), { code: "BAD_ARGUMENT" }));
  await queue.drained();
  expect([queue.size, queue.dropped]).toEqual([0, 1]);
  expect(logger.lines).toEqual(["error: failed to send back result: BAD_ARGUMENT: NUL"]);
});

test("close drops the rest, settles waiting callers with false and closes the connection", async () => {
  const { queue, submitter, clock, logger, put, ends } = setUp({ maxResults: 1 });
  put("a");
  put("b");
  submitter.settle(0, new Error("away"));
  await queue.close();
  put("c");
  expect(ends).toEqual(["a true", "b false", "c false"]);
  expect([queue.dropped, submitter.closed, clock.pending]).toEqual([1, true, 0]);
  expect(logger.lines).toEqual(["error: 1 results were not delivered"]);
});

test("unacknowledged results at the end count as dropped", async () => {
  const { queue, submitter, logger, put } = setUp();
  for (const text of ["a", "b", "c"]) put(text);
  submitter.settleAtClose = new Error("CLOSED");
  await queue.close();
  expect(queue.dropped).toBe(3);
  expect(logger.lines).toEqual(["error: 3 results were not delivered"]);
});

test("spill gets failed results, those left at the end, and unacknowledged ones", async () => {
  const spilled: string[] = [];
  const spill = ({ data }: OutgoingResult) => spilled.push(data.toString()) > 0;
  const { queue, submitter, logger, put } = setUp({ spill });
  for (const text of ["a", "b", "c"]) put(text);
  submitter.settle(0, new Error("lost"));
  expect(spilled).toEqual(["a"]);
  put("d");
  submitter.settleAtClose = new Error("CLOSED");
  await queue.close();
  expect(spilled.sort()).toEqual(["a", "b", "c", "d"]);
  expect([queue.dropped, logger.lines]).toEqual([0, []]);
});
