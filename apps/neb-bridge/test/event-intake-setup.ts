import type { ClientError, SubmitOutcome } from "@mod-gearman/client";
import type { ModuleOptions } from "@mod-gearman/config";
import { createEnvelope } from "@mod-gearman/crypto";
import { memoryLogger } from "@mod-gearman/observe";
import { ManualClock } from "@mod-gearman/testkit";

import { BridgeCounts } from "../src/bridge-counts.ts";
import { EventIntake } from "../src/event-intake.ts";
import { Flights } from "../src/flights.ts";
import { HandlerMemory } from "../src/handler-memory.ts";
import type { PlainJob } from "../src/jobs.ts";
import type { CoreEvent, CoreLink } from "../src/link/core-link.ts";
import type { Message } from "../src/link/fields.ts";
import { OutstandingChecks } from "../src/outstanding.ts";
import { SubmissionStatistics } from "../src/statistics.ts";

const envelope = createEnvelope({ mode: "off" });
/** A job as the job server gets it. */
export type Submit = { function: Buffer; unique?: Buffer; data: Buffer; priority?: string };

/** An intake whose jobs `submit` takes, with what it says to core and log. */
export function setup(
  submit: (job: Submit) => Promise<{ handle: Buffer; server: { host: string; port: number } }>,
  over: Partial<ModuleOptions> = {},
) {
  const clock = new ManualClock();
  const logger = memoryLogger();
  const sent: Message[] = [];
  const dropped: string[] = [];
  const kept: string[] = [];
  const send = (message: Message): boolean => sent.push(message) > 0;
  const link = { open: true, saidBye: false, send, sendLater: setImmediate };
  const outstanding = new OutstandingChecks({
    clock,
    isKnown: () => Promise.resolve(true),
    mayAsk: () => true,
    drainedSince: () => true,
    isReplaced: () => false,
    onMoved: () => undefined,
    submit: () => Promise.reject(new Error("no job server")),
    onLost: () => undefined,
    graceMs: 15_000,
    deliveryMs: 5_000,
    maxDeliveryMs: 600_000,
    sweepMs: 1_000,
    maxChecks: 100,
    maxKeptBytes: 10_000,
    maxAnswered: 100,
  });
  const options = {
    resultQueue: Buffer.from("check_results"),
    resultWorkers: 1,
    useUniqJobs: true,
    ...over,
  } as ModuleOptions;
  const handlers = new HandlerMemory(8);
  const client = {
    whenToRetry: () => new Promise<void>((resolve) => clock.setTimeout(resolve, 1000)),
  };
  const statistics = new SubmissionStatistics(() => undefined);
  statistics.countEvery(60);
  const parts = {
    clock,
    logger,
    outstanding,
    commands: { keep: (key: string) => void kept.push(key) },
    handlers,
    flights: new Flights(() => 0),
    statistics,
    counts: new BridgeCounts(),
    onRecordDropped: () => dropped.push("record"),
    nowMicros: () => 0n,
    route: (event: CoreEvent) => event,
    path: () => ({
      options,
      track: ({ queue, unique, text, priority }: PlainJob, outcome: SubmitOutcome) =>
        void submit({ function: queue, unique, data: envelope.seal(text), priority }).then(
          ({ handle, server }) => outcome.accepted(handle, 0, handle.length, server),
          (error: ClientError) => outcome.refused(error),
        ),
      client,
    }),
    checkAgeMs: 30_000,
    handlerAgeMs: 600_000,
    maxHeldBack: 3,
  };
  const connect = (to: object): EventIntake => new EventIntake(to as CoreLink, parts);
  return {
    clock,
    intake: connect(link),
    connect,
    sent,
    dropped,
    kept,
    link,
    outstanding,
    statistics,
    lines: logger.lines,
  };
}

const base = {
  host_name: Buffer.from("web01"),
  command_line: Buffer.from("/bin/true"),
  core_time: 1_000_000n,
};
export const check = (seq: bigint, service: string): CoreEvent => ({
  ...base,
  name: "SERVICE_CHECK",
  seq,
  service_description: Buffer.from(service),
  queue: Buffer.from("service"),
  timeout: 10,
  check_options: 0,
});
export const handler = (seq: bigint): CoreEvent => ({
  ...base,
  name: "EVENT_HANDLER",
  seq,
  queue: Buffer.from("eventhandler"),
});
export const notification = (seq: bigint): CoreEvent => ({
  ...base,
  name: "NOTIFICATION",
  seq,
  contact: Buffer.from("admin"),
  start_time: 1_000_000n,
});
export const accepted = { handle: Buffer.from("H:x:1"), server: { host: "localhost", port: 4730 } };
export const record = (seq: bigint): CoreEvent => ({
  name: "PERFDATA",
  seq,
  host_name: Buffer.from("web01"),
  text: Buffer.from("DATATYPE::HOSTPERFDATA\n"),
});
export const PERFDATA = { perfdata: [Buffer.from("perfdata"), Buffer.from("extra")], perfdataMode: 2 };
