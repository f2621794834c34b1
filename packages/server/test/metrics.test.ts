import { ManualClock } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { join, serverFor } from "./stages.ts";
import { message, type Wire } from "./wire.ts";

const NONE = { count: 0, bytes: 0, age: 0, "total-bytes": 0, retries: 0, purge: 0, cancel: 0 };
const WELL = { isStalled: false, isPaused: false };

async function say(wire: Wire, ...requests: readonly string[]): Promise<void> {
  for (const request of requests) wire.send(message("REQ", request));
  await wire.sync();
}

test("metrics of queues and of the server follow what happens to jobs", async (context) => {
  const clock = new ManualClock();
  const server = serverFor(context, { clock, jobRetries: 2 });
  const [client, worker] = [join(server), join(server)];
  await say(worker, "CAN_DO f", "CAN_DO g");
  await say(client, "SUBMIT_JOB_BG f u1 four", "SUBMIT_JOB_BG f u1 four", "SUBMIT_JOB_LOW_BG f u2 seven..");
  await clock.advance(5000);
  await say(client, "SUBMIT_JOB_HIGH_BG f u3 w");
  expect([...server.metrics.queues()]).toEqual([
    {
      ...{ name: "f", waiting: 3, running: 0, workers: 1, bytes: 12, oldestWaitingSeconds: 5 },
      ...{ grabs: 0, coalesced: 1, requeued: 0, moved: 0, dropped: NONE, rejected: NONE, ...WELL },
    },
    {
      ...{ name: "g", waiting: 0, running: 0, workers: 1, bytes: 0, oldestWaitingSeconds: undefined },
      ...{ grabs: 0, coalesced: 0, requeued: 0, moved: 0, dropped: NONE, rejected: NONE, ...WELL },
    },
  ]);
  await say(worker, "GRAB_JOB", "CANT_DO f", "CAN_DO f"); // lost by the worker, queued again
  await say(worker, "GRAB_JOB", "CANT_DO f", "CAN_DO f"); // the second loss is the last one
  await say(client, "text maxqueue\\sf\\s1\\n", "SUBMIT_JOB_BG f u4 w");
  const dropped = { ...NONE, retries: 1 };
  const rejected = { ...NONE, count: 1 };
  const counters = { grabs: 2, coalesced: 1, requeued: 1, moved: 0, dropped, rejected };
  const [queue] = server.metrics.queues();
  expect(queue).toMatchObject({ waiting: 2, running: 0, bytes: 11, oldestWaitingSeconds: 5, ...counters });
  expect(server.metrics.totals()).toEqual({ ...server.stats(), bytes: 11, stalls: 0, ...counters });
});

test("show counters prints them as a table", async (context) => {
  const clock = new ManualClock();
  const server = serverFor(context, { clock });
  const [client, admin] = [join(server), join(server)];
  await say(client, "SUBMIT_JOB_BG f u1 four", "text create\\sfunction\\sg\\n");
  await say(client, "text maxqueue\\sf\\s1\\n", "SUBMIT_JOB_BG f u2 w", "SUBMIT_JOB_BG f u3 w");
  await clock.advance(61_500);
  admin.send(Buffer.from("show counters\n"));
  expect((await admin.takeThrough(".\n")).toString()).toBe(
    "f\t1\t0\t0\t4\t61\t0\t0\t0\t-\tcount=2\ng\t0\t0\t0\t0\t-\t0\t0\t0\t-\t-\n.\n",
  );
});

test("the counters of the server include functions that were dropped", async (context) => {
  const server = serverFor(context);
  const worker = join(server);
  await say(worker, "CAN_DO f", "SUBMIT_JOB_BG f u w", "GRAB_JOB", "WORK_COMPLETE T:1 x", "CANT_DO f");
  await say(worker, "text drop\\sfunction\\sf\\n");
  expect([...server.metrics.queues()]).toEqual([]);
  expect(server.metrics.totals()).toMatchObject({ grabs: 1, functions: 0, jobsMade: 1, bytes: 0 });
});
