import { Fifo } from "@mod-gearman/base";
import { memoryLogger } from "@mod-gearman/observe";
import { ManualClock, settle } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import type { Job, JobFunction } from "../src/core/entities.ts";
import { QueueWatch } from "../src/core/queue-watch.ts";
import type { JobServerOptions } from "../src/index.ts";
import { join, serverFor } from "./stages.ts";
import { message, readable, type Wire } from "./wire.ts";

async function say(wire: Wire, ...requests: readonly string[]): Promise<void> {
  for (const request of requests) wire.send(message("REQ", request));
  await wire.sync();
}

function stand(context: Parameters<typeof serverFor>[0], options: JobServerOptions) {
  const clock = new ManualClock();
  const logger = memoryLogger();
  const server = serverFor(context, { clock, logger, ...options });
  const [client, worker] = [join(server), join(server)];
  const pass = async (seconds: number) => {
    for (let n = 0; n < seconds; n++) {
      await clock.advance(1000);
      await settle();
    }
  };
  const lines = (what: string) => logger.lines.filter((line) => line.includes(what));
  const isStalled = () => [...server.metrics.queues()][0]?.isStalled;
  return { client, worker, server, pass, lines, isStalled };
}

test("a worker that does not follow its NOOP: one line, a metric, NOOP again until it takes a job", async (context) => {
  const { client, worker, server, pass, lines, isStalled } = stand(context, { stallSeconds: 10 });
  await say(worker, "SET_CLIENT_ID deaf", "CAN_DO f", "PRE_SLEEP");
  await say(client, "SUBMIT_JOB_BG f u1 w", "SUBMIT_JOB_BG f u2 w");
  await pass(9);
  expect([lines("Stalled"), isStalled()]).toEqual([[], false]);
  await pass(2);
  const line = "warn: Stalled: 2 jobs of f wait, 1 idle workers took none for 10 s, waking them again";
  expect([lines("Stalled"), isStalled(), server.metrics.totals().stalls]).toEqual([[line], true, 1]);
  await pass(10);
  await worker.sync();
  expect(readable(worker.pending)).toEqual(new Array(3).fill('RES NOOP ""'));
  expect([lines("Stalled"), server.metrics.totals().stalls]).toEqual([[line], 1]);
  await say(worker, "GRAB_JOB");
  expect(isStalled()).toBe(false);
  await pass(30); // it is busy
  expect(lines("Stalled")).toEqual([line]);
});

test("no stall: busy workers, no workers, jobs that are taken, switched off", async (context) => {
  const { client, worker, pass, lines } = stand(context, { stallSeconds: 10 });
  await say(client, "SUBMIT_JOB_BG f u1 w", "SUBMIT_JOB_BG f u2 w", "SUBMIT_JOB_BG lonely u w");
  await say(worker, "CAN_DO f", "GRAB_JOB", "PRE_SLEEP");
  await pass(30);
  await say(worker, "WORK_COMPLETE T:1 x", "PRE_SLEEP");
  await pass(5);
  await say(worker, "GRAB_JOB", "WORK_COMPLETE T:2 x", "GRAB_JOB", "PRE_SLEEP");
  await pass(30);
  expect(lines("Stalled")).toEqual([]);
  const off = stand(context, { stallSeconds: 0 });
  await say(off.worker, "CAN_DO f", "PRE_SLEEP");
  await say(off.client, "SUBMIT_JOB_BG f u1 w");
  await off.pass(100);
  expect(off.lines("Stalled")).toEqual([]);
});

test("a worker that keeps a job is named once", async (context) => {
  const { client, worker, pass, lines } = stand(context, { heldSeconds: 20, stallSeconds: 0 });
  await say(worker, "SET_CLIENT_ID slow", "CAN_DO f", "GRAB_JOB");
  await say(client, "SUBMIT_JOB_BG f u1 w", "SUBMIT_JOB_BG f u2 w");
  await say(worker, "GRAB_JOB");
  await pass(12);
  await say(worker, "GRAB_JOB");
  await pass(7);
  expect(lines("has job")).toEqual([]);
  await pass(5);
  const first = "warn: Worker 2 - slow has job T:1 u1 of f for 20 s";
  expect(lines("has job")).toEqual([first]);
  await pass(20);
  expect(lines("has job")).toEqual([first, "warn: Worker 2 - slow has job T:2 u2 of f for 20 s"]);
});

test("each of several stalled functions and held jobs is named, up to ten of each in one look", async (context) => {
  const { client, worker, server, pass, lines } = stand(context, { stallSeconds: 10, heldSeconds: 10 });
  const busy = join(server);
  for (let n = 1; n <= 12; n++) {
    await say(busy, `CAN_DO h${n}`);
    await say(client, `SUBMIT_JOB_BG h${n} u w`);
    await say(busy, "GRAB_JOB");
  }
  for (let n = 1; n <= 12; n++) await say(worker, `CAN_DO s${n}`);
  await say(worker, "PRE_SLEEP");
  for (let n = 1; n <= 12; n++) await say(client, `SUBMIT_JOB_BG s${n} u w`);
  await pass(12);
  expect(lines("jobs of s")).toHaveLength(10);
  expect(lines("Stalled: 2 further functions")).toHaveLength(1);
  expect(server.metrics.totals().stalls).toBe(12);
  expect(lines("has job")).toHaveLength(10);
  expect(lines("Workers have 2 further jobs for as long")).toHaveLength(1);
  await pass(30);
  expect(lines("further")).toHaveLength(2);
});

test("a backlog that is over costs no memory", () => {
  const waiting = new Fifo<Job>();
  for (let n = 0; n < 60_000; n++) waiting.push({} as Job);
  while (waiting.length > 0) waiting.shift();
  const one = { waitingQueue: () => waiting, queueLimits: { ageSeconds: 0 } };
  const watched = { functions: [one as unknown as JobFunction], peers: () => [], nowSeconds: () => 0 };
  const watch = new QueueWatch(watched as never, {} as never);
  for (let second = 0; second < 10; second++)
    for (const _ of watch.round({ stallSeconds: 0, heldSeconds: 0 }));
  expect(waiting.capacity).toBe(1024);
});
