import { expect, test } from "vitest";

import { jobLine, queueLine } from "../src/job-lines.ts";
import type { PlainJob } from "../src/jobs.ts";
import type { CoreEvent } from "../src/link/core-link.ts";
import { nebCallback } from "../src/link/fields.ts";

const handle = Buffer.from("H:srv:7");
const base = {
  seq: 1n,
  host_name: Buffer.from("web01"),
  command_line: Buffer.from("x"),
  core_time: 1_000_000n,
};
const service: CoreEvent = {
  ...base,
  name: "SERVICE_CHECK",
  service_description: Buffer.from("HTTP"),
  queue: Buffer.from("servicegroup_web"),
  timeout: 1,
  check_options: 5,
};
const host: CoreEvent = {
  ...base,
  name: "HOST_CHECK",
  queue: Buffer.from("hostgroup_a"),
  timeout: 1,
  check_options: 0,
};
const handler: CoreEvent = { ...base, name: "EVENT_HANDLER", queue: Buffer.from("eventhandler") };

const notification: CoreEvent = {
  ...base,
  name: "NOTIFICATION",
  service_description: Buffer.from("HTTP"),
  contact: Buffer.from("amy"),
  start_time: 0n,
};
const plainOf = (event: CoreEvent): PlainJob =>
  ({
    unique: Buffer.from("F0A6"),
    queue: "queue" in event ? event.queue : Buffer.from("notification"),
  }) as PlainJob;

test.for<[CoreEvent, string]>([
  [
    service,
    "received job for queue servicegroup_web: web01 - HTTP, check_options: 5   latency so far: 0.250s",
  ],
  [host, "received job for queue hostgroup_a: web01, check_options: 0    latency so far: 0.250s"],
  [handler, "eventhandler for queue eventhandler"],
  [notification, "got notifications event, service: web01 - HTTP for contact amy"],
])("$0.name: the line of the original, then what it lacks", ([event, text]) =>
  expect(jobLine(event, plainOf(event), handle, 1_250_400n)).toBe(`${text} [unique F0A6, handle H:srv:7]`),
);

test("an exported log line has none: with the log in the core it would be exported in its turn, without end", () => {
  const values = { seq: 1n, neb_type: 0, neb_flags: 0, neb_attr: 0, timestamp: 0n };
  const exported = (neb_callback: number): CoreEvent => ({ ...values, name: "EXPORT", neb_callback });
  const plain = { unique: Buffer.from("F0A6"), queue: Buffer.from("q") } as PlainJob;
  expect(jobLine(exported(nebCallback.log), plain, handle, 0n)).toBeUndefined();
  expect(jobLine(exported(nebCallback.process), plain, handle, 0n)).toBe(
    "export for queue q [unique F0A6, handle H:srv:7]",
  );
});

test("a planned start in the future gives no latency", () =>
  expect(jobLine(host, plainOf(host), handle, 0n)).toContain("latency so far: 0.000s"));

test.for<[CoreEvent, number | undefined, string | undefined]>([
  [service, 1, "got target queue from service custom variable: servicegroup_web [web01 - HTTP]"],
  [host, 2, "got target queue from host custom variable: hostgroup_a [web01]"],
  [service, 5, "service is member of servicegroup: web [web01 - HTTP]"],
  [host, 6, "server is member of hostgroup: a [web01]"],
  [handler, 7, "neither a custom variable nor a group names a queue: the generic one [web01]"],
  [service, undefined, undefined],
  [service, 99, undefined],
])("%s", ([event, queue_rule, text]) =>
  expect(queueLine({ ...event, ...(queue_rule === undefined ? {} : { queue_rule }) } as CoreEvent)).toBe(
    text,
  ),
);
