import { memoryLogger } from "@mod-gearman/observe";
import { ManualClock, settle } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import {
  type OutgoingResult,
  ResultQueue,
  type ResultQueueOptions,
  type Submitter,
} from "../src/result-queue.ts";

class FakeSubmitter implements Submitter {
  readonly open: { text: string; resolve: () => void; reject: (error: Error) => void }[] = [];
  closed = false;

  submitBackground(job: OutgoingResult): Promise<void> {
    return new Promise((resolve, reject) => this.open.push({ text: job.data.toString(), resolve, reject }));
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

function setUp(options: Partial<ResultQueueOptions> = {}) {
  const clock = new ManualClock();
  const submitter = new FakeSubmitter();
  const logger = memoryLogger();
  const defaults = { name: "", maxResults: 3, window: 2, retryEveryMs: 1000, giveUpAfterMs: 120_000 };
  const queue = new ResultQueue({ ...defaults, submitter, clock, logger, ...options });
  return { queue, clock, submitter, logger };
}

const result = (text: string): OutgoingResult => ({
  function: Buffer.from("q"),
  unique: Buffer.from(text),
  data: Buffer.from(text),
});

test("keeps to its window, then goes on in order", async () => {
  const { queue, submitter } = setUp();
  for (const text of ["a", "b", "c"]) await queue.put(result(text));
  expect(submitter.open.map((one) => one.text)).toEqual(["a", "b"]);
  submitter.open[0]?.resolve();
  await settle();
  expect(submitter.open.map((one) => one.text)).toEqual(["a", "b", "c"]);
  expect([queue.size, queue.sent]).toEqual([2, 1]);
});

test("full: put waits for room (back-pressure), offer drops and counts", async () => {
  const { queue, submitter } = setUp();
  for (const text of ["a", "b", "c"]) await queue.put(result(text));
  let isIn = false;
  const putting = queue.put(result("d")).then(() => {
    isIn = true;
  });
  expect(queue.offer(result("e"))).toBe(false);
  await settle();
  expect([isIn, queue.size, queue.dropped]).toEqual([false, 3, 1]);
  submitter.open[0]?.resolve();
  await putting;
  expect(queue.size).toBe(3);
});

test("new limits count at once", async () => {
  const { queue, submitter } = setUp({ maxResults: 2, window: 1 });
  for (const text of ["a", "b"]) await queue.put(result(text));
  const putting = queue.put(result("c"));
  queue.setLimits({ maxResults: 3, window: 3 });
  await putting;
  expect(submitter.open.map((one) => one.text)).toEqual(["a", "b", "c"]);
});

test("bytes count too, but one result always fits", async () => {
  const { queue } = setUp({ maxBytes: 10 });
  expect(queue.offer(result("x".repeat(50)))).toBe(true);
  expect(queue.offer(result("y"))).toBe(false);
});

test("a lost connection: the same result again a second later, over the connection in force then", async () => {
  const { queue, submitter, clock } = setUp();
  await queue.put(result("a"));
  submitter.open[0]?.reject(new Error("lost"));
  await settle();
  const other = new FakeSubmitter();
  expect(queue.replaceSubmitter(other)).toBe(submitter);
  await clock.advance(999);
  expect(other.open).toEqual([]);
  await clock.advance(1);
  expect(other.open.map((one) => one.text)).toEqual(["a"]);
  other.open[0]?.resolve();
  await queue.drained();
  expect([queue.sent, queue.dropped, clock.pending]).toEqual([1, 0, 0]);
});

test("without a limit it never gives up", async () => {
  const { giveUpAfterMs: _, ...forever } = { giveUpAfterMs: 0, retryEveryMs: 3000 };
  const clock = new ManualClock();
  const logger = memoryLogger();
  let tries = 0;
  const submitter: Submitter = {
    submitBackground: () => {
      tries++;
      return Promise.reject(new Error("away"));
    },
    close: async () => undefined,
  };
  const queue = new ResultQueue({
    name: "d:1",
    maxResults: 5,
    window: 2,
    ...forever,
    submitter,
    clock,
    logger,
  });
  await queue.put(result("a"));
  await clock.advance(300_000);
  expect(tries).toBe(101);
  expect(queue.size).toBe(1);
  expect(logger.lines).toEqual([
    "warn: failed to send back result to dupserver d:1, will continue to retry: away",
  ]);
});

test("what can never be sent is dropped at once", async () => {
  const { queue, submitter, logger } = setUp();
  await queue.put(result("a"));
  submitter.open[0]?.reject(Object.assign(new Error("BAD_ARGUMENT: NUL"), { code: "BAD_ARGUMENT" }));
  await queue.drained();
  expect([queue.size, queue.dropped]).toEqual([0, 1]);
  expect(logger.lines).toEqual(["error: failed to send back result: BAD_ARGUMENT: NUL"]);
});

test("close drops the rest, wakes who waits and closes the connection", async () => {
  const { queue, submitter, clock, logger } = setUp({ maxResults: 1 });
  await queue.put(result("a"));
  const blocked = queue.put(result("b"));
  submitter.open[0]?.reject(new Error("away"));
  await settle();
  await queue.close();
  await blocked;
  expect([queue.dropped, submitter.closed, clock.pending]).toEqual([2, true, 0]);
  expect(logger.lines).toEqual(["error: 1 results were not delivered"]);
});
