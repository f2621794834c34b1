import { memoryLogger } from "@mod-gearman/observe";
import { waitFor } from "@mod-gearman/testkit";
import { expect, type TestContext, test } from "vitest";
import type { JobServerOptions } from "../src/index.ts";
import { ClockWithoutReadings } from "./clock-without-readings.ts";
import { join, serverFor } from "./stages.ts";
import { message, readable, type Wire } from "./wire.ts";

const NOON = 1_790_000_000_000; // milliseconds since 1970
const SECOND = NOON / 1000;

/** A server with a manual clock, a client and two workers of function `f`. */
function stand(context: TestContext, options: JobServerOptions = {}) {
  const clock = new ClockWithoutReadings(NOON);
  const logger = memoryLogger();
  const server = serverFor(context, { clock, logger, ...options });
  const [client, worker, other] = [join(server), join(server), join(server)];
  return { clock, logger, server, client, worker, other };
}

async function ask(wire: Wire, request: string, ...answers: readonly string[]): Promise<void> {
  wire.send(message("REQ", request));
  await wire.sync();
  for (const answer of answers) await hears(wire, answer);
}

async function hears(wire: Wire, answer: string): Promise<void> {
  const wanted = message("RES", answer);
  expect(readable(await wire.take(wanted.length))).toEqual(readable(wanted));
}

async function isSilent(wire: Wire): Promise<void> {
  await wire.sync();
  expect(readable(wire.pending)).toEqual([]);
}

test("a worker that goes with a job in hand leaves a line", async (context) => {
  const { logger, client, worker, other } = stand(context);
  await ask(client, "SUBMIT_JOB_BG f u w", "JOB_CREATED T:1");
  await ask(other, "CAN_DO f");
  other.end();
  await ask(worker, "CAN_DO f");
  await ask(worker, "GRAB_JOB", "JOB_ASSIGN T:1 f w");
  worker.end();
  await waitFor("the line", () => logger.lines.some((line) => line.includes("requeueing")));
  await ask(client, "text show\\sjobs\\n", "text T:1\\t1\\t0\\t1\\n.\\n");
  const lines = logger.lines.filter((line) => line.includes("requeueing"));
  expect(lines).toEqual([expect.stringMatching(/^warn: Worker \S+ left 1 jobs running, requeueing$/)]);
});

test("an epoch job is announced and assigned in its second, not before", async (context) => {
  const { clock, client, worker } = stand(context);
  await ask(worker, "CAN_DO f");
  await ask(worker, "PRE_SLEEP");
  await ask(client, `SUBMIT_JOB_EPOCH f u ${SECOND + 2} w`, "JOB_CREATED T:1");
  await clock.advance(1999);
  await isSilent(worker);
  await ask(worker, "GRAB_JOB", "NO_JOB");
  await ask(worker, "PRE_SLEEP");
  await clock.advance(1);
  await hears(worker, "NOOP");
  await ask(worker, "GRAB_JOB", "JOB_ASSIGN T:1 f w");
  expect(clock.pending).toBe(0);
});

test("epoch jobs become due in the order of their times, after waiting jobs", async (context) => {
  const { clock, client, worker } = stand(context);
  for (const [n, after] of [30, 10, 20].entries())
    await ask(client, `SUBMIT_JOB_EPOCH f u${n} ${SECOND + after} w`, `JOB_CREATED T:${n + 1}`);
  await ask(client, "SUBMIT_JOB_BG f u9 w", "JOB_CREATED T:4");
  expect(clock.pending).toBe(1);
  await clock.advance(30_000);
  await ask(worker, "CAN_DO f");
  for (const n of [4, 2, 3, 1]) await ask(worker, "GRAB_JOB", `JOB_ASSIGN T:${n} f w`);
});

test("an epoch job of next year is waited for in steps, and a clock set forward is noticed", async (context) => {
  const { clock, client, worker } = stand(context);
  await ask(client, `SUBMIT_JOB_EPOCH f u ${SECOND + 31_536_000} w`, "JOB_CREATED T:1");
  expect(clock.nextInMs).toBe(60_000);
  await clock.advance(60_000);
  expect(clock.nextInMs).toBe(60_000);
  await ask(worker, "CAN_DO f");
  await ask(worker, "GRAB_JOB", "NO_JOB");
  clock.wallMs = () => NOON + 31_536_000_000;
  await ask(worker, "GRAB_JOB", "JOB_ASSIGN T:1 f w");
});

test("a cancelled epoch job is dropped when it is due", async (context) => {
  const { clock, server, client } = stand(context);
  await ask(client, `SUBMIT_JOB_EPOCH f u ${SECOND + 5} w`, "JOB_CREATED T:1");
  await ask(client, "text cancel\\sjob\\sT:1\\n", "text OK\\r\\n");
  expect(server.stats().jobs).toBe(1);
  await clock.advance(5000);
  expect(server.stats().jobs).toBe(0);
});

test("CAN_DO_TIMEOUT gives the job to the next worker; clients are not notified, the late result is refused", async (context) => {
  const { clock, logger, client, worker, other } = stand(context);
  await ask(client, "SUBMIT_JOB f u w", "JOB_CREATED T:1");
  await ask(worker, "CAN_DO_TIMEOUT f 5000");
  await ask(other, "CAN_DO f");
  await ask(worker, "GRAB_JOB", "JOB_ASSIGN T:1 f w");
  await ask(other, "PRE_SLEEP");
  await clock.advance(4999);
  await isSilent(other);
  await clock.advance(1);
  await hears(other, "NOOP");
  await isSilent(worker);
  await isSilent(client);
  await ask(
    worker,
    "WORK_COMPLETE T:1 late",
    "ERROR JOB_NOT_FOUND Job\\sgiven\\sin\\swork\\sresult\\snot\\sfound",
  );
  await ask(other, "GRAB_JOB", "JOB_ASSIGN T:1 f w");
  await ask(client, "text show\\sjobs\\n", "text T:1\\t1\\t0\\t0\\n.\\n");
  expect(logger.lines).toContain("warn: Worker timeout reached on job, requeueing: T:1 u");
});

test.for([
  ["1", 1000],
  ["999", 1000],
  ["3600000", 3_600_000],
  ["99999999999999", 0x7fff_ffff],
  ["0", undefined],
  ["-5", undefined],
  ["abc", undefined],
] as const)("a timeout of %s is one of %s milliseconds", async ([timeout, wantedMs], context) => {
  const { clock, client, worker } = stand(context);
  await ask(worker, `CAN_DO_TIMEOUT f ${timeout}`);
  await ask(client, "SUBMIT_JOB_BG f u w", "JOB_CREATED T:1");
  await ask(worker, "GRAB_JOB", "JOB_ASSIGN T:1 f w");
  expect(clock.nextInMs).toBe(wantedMs);
});

test("X20 every job of a connection has its own timer", async (context) => {
  const { clock, client, worker, other } = stand(context);
  await ask(client, "SUBMIT_JOB_BG f u1 w", "JOB_CREATED T:1");
  await ask(client, "SUBMIT_JOB_BG f u2 w", "JOB_CREATED T:2");
  await ask(worker, "CAN_DO_TIMEOUT f 2000");
  await ask(worker, "GRAB_JOB", "JOB_ASSIGN T:1 f w");
  await clock.advance(500);
  await ask(worker, "GRAB_JOB", "JOB_ASSIGN T:2 f w");
  await ask(worker, "WORK_COMPLETE T:1 x");
  expect(clock.pending).toBe(1);
  await ask(other, "CAN_DO f");
  await ask(other, "PRE_SLEEP");
  await clock.advance(2000);
  await hears(other, "NOOP");
  await ask(other, "GRAB_JOB", "JOB_ASSIGN T:2 f w");
  expect(clock.pending).toBe(0);
});

test("presleep-timer: PRE_SLEEP without a job to do ends the time limits of all held jobs, not of later ones", async (context) => {
  const { clock, logger, client, worker } = stand(context);
  for (const n of [1, 2, 3]) await ask(client, `SUBMIT_JOB f u${n} w`, `JOB_CREATED T:${n}`);
  await ask(worker, "CAN_DO_TIMEOUT f 2000");
  await ask(worker, "GRAB_JOB", "JOB_ASSIGN T:1 f w");
  await ask(worker, "GRAB_JOB", "JOB_ASSIGN T:2 f w");
  await ask(worker, "GRAB_JOB", "JOB_ASSIGN T:3 f w");
  await ask(worker, "WORK_COMPLETE T:3 x");
  await hears(client, "WORK_COMPLETE T:3 x");
  await ask(worker, "PRE_SLEEP");
  await clock.advance(3_600_000);
  for (const n of [1, 2]) {
    await ask(worker, `WORK_COMPLETE T:${n} x`);
    await hears(client, `WORK_COMPLETE T:${n} x`);
  }
  expect(logger.lines.filter((line) => line.startsWith("warn"))).toEqual([]);
  await ask(client, "SUBMIT_JOB f u4 w", "JOB_CREATED T:4");
  await hears(worker, "NOOP");
  await ask(worker, "GRAB_JOB", "JOB_ASSIGN T:4 f w");
  await clock.advance(2000);
  expect(logger.lines).toContain("warn: Worker timeout reached on job, requeueing: T:4 u4");
  expect(clock.pending).toBe(0);
});

test("X12 CAN_DO again removes the time limit of the next job", async (context) => {
  const { clock, client, worker } = stand(context);
  await ask(worker, "CAN_DO_TIMEOUT f 2000");
  await ask(worker, "CAN_DO f");
  await ask(client, "SUBMIT_JOB_BG f u w", "JOB_CREATED T:1");
  await ask(worker, "GRAB_JOB", "JOB_ASSIGN T:1 f w");
  expect(clock.pending).toBe(0);
});

test("a timeout counts as an attempt", async (context) => {
  const { clock, logger, client, worker } = stand(context, { jobRetries: 1 });
  await ask(client, "SUBMIT_JOB f u w", "JOB_CREATED T:1");
  await ask(worker, "CAN_DO_TIMEOUT f 1000");
  await ask(worker, "GRAB_JOB", "JOB_ASSIGN T:1 f w");
  await clock.advance(1000);
  await hears(client, "WORK_FAIL T:1");
  expect(logger.lines).toContain("info: Dropped job due to max retry count: T:1 u");
});

test("close leaves no timer", async (context) => {
  const { clock, server, client, worker } = stand(context);
  await ask(client, `SUBMIT_JOB_EPOCH g u ${SECOND + 9} w`, "JOB_CREATED T:1");
  await ask(client, "SUBMIT_JOB_BG f u w", "JOB_CREATED T:2");
  await ask(worker, "CAN_DO_TIMEOUT f 1000");
  await ask(worker, "GRAB_JOB", "JOB_ASSIGN T:2 f w");
  expect(clock.pending).toBe(2);
  await server.close();
  expect(clock.pending).toBe(0);
});
