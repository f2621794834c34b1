import type { ModuleOptions } from "@mod-gearman/config";
import { createEnvelope } from "@mod-gearman/crypto";
import { memoryLogger } from "@mod-gearman/observe";
import { ManualClock, settle } from "@mod-gearman/testkit";
import { expect, test } from "vitest";

import { EventIntake } from "../src/event-intake.ts";
import type { CoreEvent, CoreLink } from "../src/link/core-link.ts";
import type { Message } from "../src/link/fields.ts";
import { OutstandingChecks } from "../src/outstanding.ts";
import { SubmissionStatistics } from "../src/statistics.ts";

type Submit = { function: Buffer; unique?: Buffer; data: Buffer; priority?: string };

function setup(submit: (job: Submit) => Promise<{ handle: Buffer; server: { host: string; port: number } }>) {
  const clock = new ManualClock();
  const logger = memoryLogger();
  const sent: Message[] = [];
  const link = { open: true, send: (message: Message) => sent.push(message) > 0 };
  const outstanding = new OutstandingChecks({
    clock,
    isKnown: () => Promise.resolve(true),
    onLost: () => undefined,
    graceMs: 15_000,
    deliveryMs: 5_000,
    sweepMs: 1_000,
    maxChecks: 100,
  });
  const options = { resultQueue: Buffer.from("check_results"), useUniqJobs: true } as ModuleOptions;
  const intake = new EventIntake(link as unknown as CoreLink, {
    clock,
    logger,
    outstanding,
    statistics: new SubmissionStatistics(clock.now()),
    path: () => ({
      options,
      envelope: createEnvelope({ mode: "off" }),
      client: { submitBackground: submit },
    }),
    checkAgeMs: 30_000,
    handlerAgeMs: 600_000,
  });
  return { clock, intake, sent, link, outstanding, lines: logger.lines };
}

const base = {
  host_name: Buffer.from("web01"),
  command_line: Buffer.from("/bin/true"),
  core_time: 1_000_000n,
};
const check = (seq: bigint, service: string): CoreEvent => ({
  ...base,
  name: "SERVICE_CHECK",
  seq,
  service_description: Buffer.from(service),
  queue: Buffer.from("service"),
  timeout: 10,
  check_options: 0,
});
const handler = (seq: bigint): CoreEvent => ({
  ...base,
  name: "EVENT_HANDLER",
  seq,
  queue: Buffer.from("eventhandler"),
});
const accepted = { handle: Buffer.from("H:x:1"), server: { host: "localhost", port: 4730 } };
/** EventIntake reports after the current turn of the event loop. */
const turn = (): Promise<void> => settle();

test("accepted events are answered together; checks are remembered until their result", async () => {
  const jobs: Submit[] = [];
  const { intake, sent, outstanding } = setup((job) => {
    jobs.push(job);
    return Promise.resolve(accepted);
  });
  for (const [i, name] of ["a", "b", "c"].entries()) intake.take(check(BigInt(i + 1), name));
  intake.take(handler(4n));
  await turn();
  expect(sent).toEqual([{ name: "EVENT_DONE", seq: 4n }]);
  expect(outstanding.size).toBe(3);
  expect(intake.waiting).toBe(0);
  expect(jobs.map((job) => [job.function.toString(), job.priority])).toEqual([
    ["service", "low"],
    ["service", "low"],
    ["service", "low"],
    ["eventhandler", "normal"],
  ]);
  expect(Buffer.from(jobs[3]?.data.toString() ?? "", "base64").toString()).toMatch(/^type=eventhandler\n/);
});

test("a failed submission is repeated until it works", async () => {
  const failures = [new Error("CONNECTION_LOST"), new Error("CONNECTION_LOST")];
  const { clock, intake, sent } = setup(() => {
    const error = failures.shift();
    return error === undefined ? Promise.resolve(accepted) : Promise.reject(error);
  });
  intake.take(check(1n, "a"));
  await clock.advance(1500);
  expect(sent).toEqual([]);
  await clock.advance(1000);
  await turn();
  expect(sent).toEqual([{ name: "EVENT_DONE", seq: 1n }]);
});

test("a check that finds no job server in 30 s goes back to the core; an event handler is kept longer", async () => {
  const { clock, intake, sent, lines } = setup(() => Promise.reject(new Error("no job server")));
  intake.take(check(1n, "a"));
  intake.take(handler(2n));
  await clock.advance(31_000);
  await turn();
  expect(sent).toEqual([{ name: "EVENT_REJECTED", seq: 1n, text: Buffer.from("no job server") }]);
  expect(lines).toEqual(["error: sending job to gearmand failed: no job server"]);
  expect(intake.waiting).toBe(1);
  await clock.advance(600_000);
  await turn();
  expect(sent.map((message) => message.name)).toEqual(["EVENT_REJECTED", "EVENT_REJECTED"]);
});

test("an event that can never be a job is rejected at once and does not hold up the next", async () => {
  const { intake, sent } = setup(() => Promise.resolve(accepted));
  intake.take({ ...check(1n, "a"), queue: Buffer.alloc(600, "q") } as CoreEvent);
  intake.take(check(2n, "b"));
  await turn();
  expect(sent.map((message) => message.name).toSorted()).toEqual(["EVENT_DONE", "EVENT_REJECTED"]);
});

test("with the core gone, nothing is repeated for it", async () => {
  const state = { tries: 0 };
  const { clock, intake, link } = setup(() => {
    state.tries += 1;
    return Promise.reject(new Error("away"));
  });
  intake.take(check(1n, "a"));
  await turn();
  link.open = false;
  await clock.advance(20_000);
  expect(state.tries).toBeLessThanOrEqual(2);
  expect(intake.waiting).toBe(0);
});
