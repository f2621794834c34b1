import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

import type { ModuleOptions } from "@mod-gearman/config";
import { describe, expect, test } from "vitest";

import { plainJobOf } from "../src/jobs.ts";
import type { CoreEvent } from "../src/link/core-link.ts";

const options = {
  resultQueue: Buffer.from("check_results"),
  useUniqJobs: true,
  nextCheckLine: false,
} as ModuleOptions;
const free = (): boolean => false;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const md5 = (text: string): string => createHash("md5").update(text).digest("hex").toUpperCase();

const serviceCheck: CoreEvent = {
  name: "SERVICE_CHECK",
  seq: 1n,
  host_name: Buffer.from("web01"),
  service_description: Buffer.from("HTTP"),
  queue: Buffer.from("service"),
  command_line: Buffer.from("/plugins/check_http -H web01"),
  core_time: 1_795_246_679_712_880n,
  timeout: 60,
  check_options: 0,
};
const { service_description: _, ...rest } = serviceCheck;
const hostCheck: CoreEvent = { ...rest, name: "HOST_CHECK", queue: Buffer.from("host") } as CoreEvent;
const handler: CoreEvent = {
  name: "EVENT_HANDLER",
  seq: 2n,
  host_name: Buffer.from("web01"),
  queue: Buffer.from("eventhandler"),
  command_line: Buffer.from("restart web\nnow"),
  core_time: 1_795_246_679_000_001n,
};

describe("the job of an event (wire-format.md 5)", () => {
  test("service check: low priority, unique by name, text byte for byte", () => {
    const plain = plainJobOf(serviceCheck, options, free);
    expect(plain.priority).toBe("low");
    expect(plain.unique.toString()).toBe(md5("web01-HTTP"));
    expect(plain.text.toString()).toBe(
      "type=service\nresult_queue=check_results\ntarget_queue=service\nhost_name=web01\nservice_description=HTTP\n" +
        "core_time=1795246679.712880\ntimeout=60\ncommand_line=/plugins/check_http -H web01\n\n\n",
    );
  });

  test("forced service check: high priority; forced host check: normal priority", () => {
    expect(plainJobOf({ ...serviceCheck, check_options: 1 } as CoreEvent, options, free).priority).toBe(
      "high",
    );
    expect(plainJobOf({ ...hostCheck, check_options: 1 } as CoreEvent, options, free).priority).toBe(
      "normal",
    );
  });

  test("host check: unique is that of the host", () => {
    const plain = plainJobOf(hostCheck, options, free);
    expect(plain.unique.toString()).toBe(md5("web01"));
    expect(plain.text.toString()).toContain(
      "type=host\nresult_queue=check_results\ntarget_queue=host\nhost_name=web01\ncore_time=",
    );
  });

  test("event handler: random unique, both times, line feed escaped", () => {
    const plain = plainJobOf(handler, options, free);
    expect(plain.unique.toString()).toMatch(UUID);
    expect(plain.text.toString()).toBe(
      "type=eventhandler\nstart_time=1795246679.000001\ncore_time=1795246679.000001\ncommand_line=restart web\\nnow\n\n\n",
    );
  });

  test("a random unique for each job if unique keys are not used, as in libgearman", () => {
    const plain = () => plainJobOf(serviceCheck, { ...options, useUniqJobs: false }, free).unique.toString();
    const uniques = [plain(), plain()];
    expect(uniques).toEqual([expect.stringMatching(UUID), expect.stringMatching(UUID)]);
    expect(uniques[0]).not.toBe(uniques[1]);
  });

  test("two objects whose names have the same hash do not share a key", () => {
    const taken = plainJobOf(serviceCheck, options, () => true);
    expect(taken.unique.toString()).toBe(md5("web01\0HTTP"));
  });

  test("a queue name above 511 bytes can never be submitted", () => {
    const event = { ...serviceCheck, queue: Buffer.alloc(512, "q") } as CoreEvent;
    expect(() => plainJobOf(event, options, free)).toThrow(/^queue name too long: 'q/);
    expect(() =>
      plainJobOf({ ...event, queue: Buffer.alloc(511, "q") } as CoreEvent, options, free),
    ).not.toThrow();
  });
});

const notification = {
  name: "NOTIFICATION",
  seq: 3n,
  host_name: Buffer.from("web01"),
  service_description: Buffer.from("HTTP"),
  contact: Buffer.from("admin"),
  command_line: Buffer.from("mail -s 'web01 is\nCRITICAL'"),
  start_time: 1_795_246_938_972_068n,
  core_time: 1_795_246_938_972_071n,
} as const satisfies CoreEvent;

interface CapturedJob {
  readonly kind: string;
  readonly priority: string;
  readonly queue: string;
  readonly text: string;
}

describe("the job of a notification", () => {
  const file = new URL("../../../vectors/neb-jobs.json", import.meta.url);
  const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: CapturedJob[] };
  const captured = cases.filter((job) => job.kind === "notification");
  const valueIn = (text: string, key: string): string =>
    new RegExp(`^${key}=(.*)$`, "m").exec(text)?.[1] ?? "";
  const microsIn = (text: string, key: string): bigint => BigInt(valueIn(text, key).replace(".", ""));

  test("is that of the C module, except the names of the object (N7) and a missing long output (W9)", () => {
    expect(captured).toHaveLength(55);
    for (const { text, queue, priority } of captured) {
      const longOutput = valueIn(text, "long_plugin_output");
      const plain = plainJobOf(
        {
          ...notification,
          contact: Buffer.from(valueIn(text, "contact")),
          command_line: Buffer.from(valueIn(text, "command_line")),
          start_time: microsIn(text, "start_time"),
          core_time: microsIn(text, "core_time"),
          output: Buffer.from(valueIn(text, "plugin_output")),
          ...(longOutput === "(null)" ? {} : { long_output: Buffer.from(longOutput) }),
        },
        options,
        free,
      );
      expect(plain.text.toString().replace("host_name=web01\nservice_description=HTTP\n", "")).toBe(
        text.replace("long_plugin_output=(null)\n", ""),
      );
      expect([plain.queue.toString(), plain.priority]).toEqual([queue, priority]);
      expect(plain.unique.toString()).toMatch(UUID);
    }
  });

  test("contains the object after the contact; a line feed in the command is escaped", () => {
    const { service_description: _service, ...ofHost } = notification;
    expect(plainJobOf(notification, options, free).text.toString()).toBe(
      "type=notification\nstart_time=1795246938.972068\ncore_time=1795246938.972071\ncontact=admin\n" +
        "host_name=web01\nservice_description=HTTP\ncommand_line=mail -s 'web01 is\\nCRITICAL'\n\n\n",
    );
    expect(plainJobOf(ofHost, options, free).text.toString()).not.toContain("service_description");
  });
});
