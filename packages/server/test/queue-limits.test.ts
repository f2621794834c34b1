import { memoryLogger } from "@mod-gearman/observe";
import { ManualClock, settle } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { LimitRules, UNLIMITED } from "../src/core/queue-limits.ts";
import type { JobServerOptions, QueueLimitRule } from "../src/index.ts";
import { join, serverFor } from "./stages.ts";
import { message, readable, type Wire } from "./wire.ts";

async function say(wire: Wire, ...requests: readonly string[]): Promise<void> {
  for (const request of requests) wire.send(message("REQ", request));
  await wire.sync();
}

async function hears(wire: Wire, ...answers: readonly string[]): Promise<void> {
  for (const answer of answers) {
    const wanted = message("RES", answer);
    expect(readable(await wire.take(wanted.length))).toEqual(readable(wanted));
  }
}

const FULL = "ERROR QUEUE_ERROR Job\\squeue\\sis\\sfull";

test("rules: a name is stronger than a start of names, a later rule than an earlier one; equal ones share an object", () => {
  const rules = new LimitRules([
    { functions: "a", bytes: 5 },
    { functions: "*", count: 1, policy: "drop-oldest" },
    { functions: "ab*", count: 2 },
    { functions: "a", count: 3 },
  ]);
  expect(rules.limitsOf("a")).toEqual({ count: 3, bytes: 5, ageSeconds: 0, policy: "drop-oldest" });
  expect(rules.limitsOf("abc")).toEqual({ count: 2, bytes: 0, ageSeconds: 0, policy: "drop-oldest" });
  expect(rules.limitsOf("x")).toBe(rules.limitsOf("y"));
  expect(new LimitRules([{ functions: "a", count: 1 }]).limitsOf("b")).toBe(UNLIMITED);
});

function stand(
  context: Parameters<typeof serverFor>[0],
  rules: readonly QueueLimitRule[],
  more: JobServerOptions = {},
) {
  const logger = memoryLogger();
  const server = serverFor(context, { queueLimits: rules, logger, ...more });
  const [client, worker] = [join(server), join(server)];
  const counts = () => {
    const [queue] = server.metrics.queues();
    const { waiting, dropped, rejected } = queue ?? {};
    const given = (all = {}) => Object.fromEntries(Object.entries(all).filter(([, number]) => number !== 0));
    return [waiting, given(dropped), given(rejected)];
  };
  return { logger, server, client, worker, counts };
}

test("reject: the request is answered with ERROR; running jobs do not count", async (context) => {
  const { client, worker, counts } = stand(context, [{ functions: "f", count: 2 }]);
  await say(client, "SUBMIT_JOB_BG f u1 w", "SUBMIT_JOB_BG f u2 w", "SUBMIT_JOB_BG f u3 w");
  await hears(client, "JOB_CREATED T:1", "JOB_CREATED T:2", FULL);
  await say(client, "SUBMIT_JOB_BG f u1 w", "SUBMIT_JOB_BG g u4 w"); // joins; another function
  await hears(client, "JOB_CREATED T:1", "JOB_CREATED T:3");
  await say(worker, "CAN_DO f", "GRAB_JOB");
  await say(client, "SUBMIT_JOB_BG f u5 w");
  await hears(client, "JOB_CREATED T:4");
  expect(counts()).toEqual([2, {}, { count: 1 }]);
});

test.for(["reject", "drop-oldest", "drop-newest"] as const)(
  "jobs that a lost worker held come back into a full queue: none is dropped (%s)",
  async (policy, context) => {
    const { client, worker, counts } = stand(context, [{ functions: "f", count: 2, bytes: 2, policy }]);
    await say(client, "SUBMIT_JOB_BG f u1 w", "SUBMIT_JOB_BG f u2 w");
    await say(worker, "CAN_DO f", "GRAB_JOB", "GRAB_JOB");
    await say(client, "SUBMIT_JOB_BG f u3 w", "SUBMIT_JOB_BG f u4 w");
    await hears(client, "JOB_CREATED T:1", "JOB_CREATED T:2", "JOB_CREATED T:3", "JOB_CREATED T:4");
    worker.end();
    await settle();
    expect(counts()).toEqual([4, {}, {}]);
  },
);

test("drop-oldest: the least urgent and oldest job goes, its client gets WORK_FAIL; more urgent ones stay", async (context) => {
  const { logger, client, worker, counts } = stand(context, [
    { functions: "*", count: 3, policy: "drop-oldest" },
  ]);
  await say(client, "SUBMIT_JOB_HIGH_BG f u1 w", "SUBMIT_JOB f u2 w", "SUBMIT_JOB_BG f u3 w");
  await hears(client, "JOB_CREATED T:1", "JOB_CREATED T:2", "JOB_CREATED T:3");
  await say(client, "SUBMIT_JOB_BG f u4 w");
  await hears(client, "WORK_FAIL T:2", "JOB_CREATED T:4");
  await say(client, "SUBMIT_JOB_LOW_BG f u5 w"); // all others are more urgent
  await hears(client, FULL);
  await say(worker, "CAN_DO f", "GRAB_JOB", "GRAB_JOB", "GRAB_JOB", "GRAB_JOB");
  await hears(worker, "JOB_ASSIGN T:1 f w", "JOB_ASSIGN T:3 f w", "JOB_ASSIGN T:4 f w", "NO_JOB");
  expect(counts()).toEqual([0, { count: 1 }, { count: 1 }]);
  expect(logger.lines).toContain("warn: Dropped a job of f, limit: count");
});

test("drop-oldest: a job for later displaces none; one whose time has come does", async (context) => {
  const { client, worker, counts } = stand(context, [{ functions: "f", count: 1, policy: "drop-oldest" }]);
  await say(client, "SUBMIT_JOB_BG f u1 w", "SUBMIT_JOB_EPOCH f u2 4102444800 w");
  await hears(client, "JOB_CREATED T:1", FULL);
  expect(counts()).toEqual([1, {}, { count: 1 }]);
  await say(client, "SUBMIT_JOB_EPOCH f u3 1 w");
  await hears(client, "JOB_CREATED T:2");
  await say(worker, "CAN_DO f", "GRAB_JOB", "GRAB_JOB");
  await hears(worker, "JOB_ASSIGN T:2 f w", "NO_JOB");
});

test("drop-newest: a background request is acknowledged and gone, a client that waits is rejected", async (context) => {
  const { client, worker, counts } = stand(context, [{ functions: "f", count: 1, policy: "drop-newest" }]);
  await say(client, "SUBMIT_JOB_BG f u1 w", "SUBMIT_JOB_BG f u2 w", "SUBMIT_JOB f u3 w");
  await hears(client, "JOB_CREATED T:1", "JOB_CREATED T:2", FULL);
  await say(client, "GET_STATUS T:2");
  await hears(client, "STATUS_RES T:2 0 0 0 0");
  await say(worker, "CAN_DO f", "GRAB_JOB", "GRAB_JOB");
  await hears(worker, "JOB_ASSIGN T:1 f w", "NO_JOB");
  expect(counts()).toEqual([0, { count: 1 }, { count: 1 }]);
});

test("bytes: workloads that wait are limited; a workload above the limit displaces none", async (context) => {
  const { client, worker, counts } = stand(context, [{ functions: "f", bytes: 1000, policy: "drop-oldest" }]);
  await say(client, "SUBMIT_JOB_BG f u1 a*400", "SUBMIT_JOB_BG f u2 b*400", "SUBMIT_JOB_BG f u3 c*1001");
  await hears(client, "JOB_CREATED T:1", "JOB_CREATED T:2", FULL);
  await say(client, "SUBMIT_JOB_BG f u4 d*700");
  await hears(client, "JOB_CREATED T:3");
  await say(worker, "CAN_DO f", "GRAB_JOB", "GRAB_JOB");
  await hears(worker, "JOB_ASSIGN T:3 f d*700", "NO_JOB");
  expect(counts()).toEqual([0, { bytes: 2 }, { bytes: 1 }]);
});

test("maxQueuedBytes limits the workloads of all functions, running jobs included", async (context) => {
  const { server, client, worker } = stand(context, [], { maxQueuedBytes: 1000 });
  await say(client, "SUBMIT_JOB_BG f u1 a*600", "SUBMIT_JOB_BG g u2 b*300");
  await hears(client, "JOB_CREATED T:1", "JOB_CREATED T:2");
  await say(worker, "CAN_DO f", "GRAB_JOB");
  await hears(worker, "JOB_ASSIGN T:1 f a*600");
  await say(client, "SUBMIT_JOB_BG h u3 c*101", "SUBMIT_JOB_BG h u4 c*100");
  await hears(client, FULL, "JOB_CREATED T:3");
  expect(server.metrics.totals()).toMatchObject({ bytes: 1000, rejected: { "total-bytes": 1 } });
  await say(worker, "WORK_COMPLETE T:1 x");
  expect(server.metrics.totals().bytes).toBe(400);
});

test("maxQueuedBytes: no job makes way for one that what other functions have leaves no room for", async (context) => {
  const { server, client, worker } = stand(context, [{ functions: "f", policy: "drop-oldest" }], {
    maxQueuedBytes: 1000,
  });
  await say(client, "SUBMIT_JOB_BG g u0 g*950", ...[1, 2, 3, 4].map((n) => `SUBMIT_JOB_BG f u${n} w*10`));
  await hears(
    client,
    "JOB_CREATED T:1",
    "JOB_CREATED T:2",
    "JOB_CREATED T:3",
    "JOB_CREATED T:4",
    "JOB_CREATED T:5",
  );
  await say(client, "SUBMIT_JOB_BG f u5 w*60");
  await hears(client, FULL);
  expect(server.metrics.totals()).toMatchObject({ jobs: 5, dropped: { "total-bytes": 0 } });
  await say(client, "SUBMIT_JOB_BG f u6 w*50");
  await hears(client, "JOB_CREATED T:6");
  await say(worker, "CAN_DO f", "GRAB_JOB", "GRAB_JOB");
  await hears(worker, "JOB_ASSIGN T:6 f w*50", "NO_JOB");
});

test("one request displaces 256 jobs at most", async (context) => {
  const { server, client } = stand(context, [{ functions: "f", bytes: 300, policy: "drop-oldest" }]);
  for (let n = 0; n < 300; n++) client.send(message("REQ", `SUBMIT_JOB_BG f u${n} w`));
  await say(client, "SUBMIT_JOB_BG f big w*290");
  expect(server.metrics.totals()).toMatchObject({
    jobs: 44,
    dropped: { bytes: 256 },
    rejected: { bytes: 1 },
  });
  await say(client, "SUBMIT_JOB_BG f big w*290");
  expect(server.metrics.totals()).toMatchObject({ jobs: 11, dropped: { bytes: 290 } });
});

test("age: jobs that wait too long are dropped, those that run or are for later are not", async (context) => {
  const clock = new ManualClock(1_790_000_000_000);
  const { client, worker, counts } = stand(context, [{ functions: "f", ageSeconds: 10 }], { clock });
  await say(worker, "CAN_DO f");
  await say(client, "SUBMIT_JOB_BG f u1 w", "SUBMIT_JOB f u2 w", "SUBMIT_JOB_EPOCH f u3 1790000100 w");
  await hears(client, "JOB_CREATED T:1", "JOB_CREATED T:2", "JOB_CREATED T:3");
  await say(worker, "GRAB_JOB");
  await clock.advance(9000);
  await say(client, "SUBMIT_JOB_BG f u4 w");
  await hears(client, "JOB_CREATED T:4");
  expect(counts()).toEqual([3, {}, {}]);
  await clock.advance(3000);
  await settle();
  await hears(client, "WORK_FAIL T:2");
  expect(counts()).toEqual([2, { age: 1 }, {}]);
  await clock.advance(8000);
  await settle();
  expect(counts()).toEqual([1, { age: 2 }, {}]);
  await clock.advance(90_000); // the job for later is queued, and waits
  await settle();
  await clock.advance(12_000);
  await settle();
  expect(counts()).toEqual([0, { age: 3 }, {}]);
});
