import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

import type { ModuleOptions } from "@mod-gearman/config";
import { createEnvelope } from "@mod-gearman/crypto";
import { describe, expect, test } from "vitest";

import { type CheckEvent, type OnceEvent, plainJobOf, recordJobsOf } from "../src/jobs.ts";
import type { Message } from "../src/link/fields.ts";

const options = {
  resultQueue: Buffer.from("check_results"),
  useUniqJobs: true,
  nextCheckLine: false,
} as ModuleOptions;
type JobEvent = CheckEvent | OnceEvent;
const free = (): boolean => false;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const md5 = (text: string): string => createHash("md5").update(text).digest("hex").toUpperCase();

const serviceCheck: JobEvent = {
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
const hostCheck: JobEvent = { ...rest, name: "HOST_CHECK", queue: Buffer.from("host") } as JobEvent;
const handler: JobEvent = {
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
    expect(plainJobOf({ ...serviceCheck, check_options: 1 } as JobEvent, options, free).priority).toBe(
      "high",
    );
    expect(plainJobOf({ ...hostCheck, check_options: 1 } as JobEvent, options, free).priority).toBe("normal");
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
    const event = { ...serviceCheck, queue: Buffer.alloc(512, "q") } as JobEvent;
    expect(() => plainJobOf(event, options, free)).toThrow(/^queue name too long: 'q/);
    expect(() =>
      plainJobOf({ ...event, queue: Buffer.alloc(511, "q") } as JobEvent, options, free),
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
} as const satisfies JobEvent;

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

interface CapturedJob {
  readonly run: "r1" | "r2";
  readonly kind: string;
  readonly packet: string;
  readonly queue: string;
  readonly unique: string;
  readonly uniqueKind: "md5" | "generated-uuid";
  readonly payload: string;
  readonly plaintext: string;
}

describe("jobs captured from the C module, byte for byte (vectors/neb-jobs.json)", () => {
  const file = new URL("../../../vectors/neb-jobs.json", import.meta.url);
  const rows = (JSON.parse(readFileSync(file, "utf8")) as { cases: CapturedJob[] }).cases;
  /** Run r1: encrypted, unique keys. Run r2: neither. */
  const runs = {
    r1: { envelope: createEnvelope({ mode: "on", password: Buffer.from("should_be_changed") }), mode: 1 },
    r2: { envelope: createEnvelope({ mode: "off" }), mode: 2 },
  };

  /** The record behind a captured job, its names read in a simple way. */
  function perfdataOf({ run, plaintext }: CapturedJob): Message<"PERFDATA"> {
    const text = Buffer.from(plaintext, "base64");
    const pattern =
      run === "r1"
        ? /\tHOSTNAME::([^\t]*)(?:.*\tSERVICEDESC::([^\t]*))?/
        : text[0] === "H".charCodeAt(0)
          ? /^H\t(.*)\n/
          : /^S;([^;]*);([^;]*);/;
    const [, host = "", service] = pattern.exec(text.toString("latin1")) ?? [];
    return {
      name: "PERFDATA",
      seq: 1n,
      host_name: Buffer.from(host, "latin1"),
      ...(service === undefined ? {} : { service_description: Buffer.from(service, "latin1") }),
      text,
    };
  }

  test.for(rows.filter(({ kind }) => kind === "perfdata").map((row, at) => [at, row] as const))(
    "performance data %d",
    ([, row]) => {
      const { envelope, mode } = runs[row.run];
      const perfdata = [Buffer.from("perfdata"), Buffer.from("perfdata_extra")];
      const jobs = recordJobsOf(perfdataOf(row), { ...options, perfdata, perfdataMode: mode });
      expect(jobs.map(({ queue }) => queue)).toEqual(perfdata);
      const job = jobs.find(({ queue }) => queue.toString() === row.queue);
      expect(envelope.seal(job?.text ?? Buffer.alloc(0)).toString("latin1")).toBe(row.payload);
      expect(job?.unique.toString()).toEqual(
        row.uniqueKind === "md5" ? row.unique : expect.stringMatching(UUID),
      );
      expect(job?.priority).toBe("normal");
      expect(row.packet).toBe("SUBMIT_JOB_BG");
    },
  );

  const TYPES: Record<string, number> = {
    NEBTYPE_LOG_DATA: 300,
    NEBTYPE_PROCESS_SHUTDOWN: 103,
    NEBTYPE_PROCESS_EVENTLOOPEND: 106,
  };

  /** The event behind a captured job; its values are read by the JSON parser of the platform. */
  function exportOf({ plaintext }: CapturedJob): Message<"EXPORT"> {
    const text = Buffer.from(plaintext, "base64").toString();
    const values = JSON.parse(text) as Record<string, string & number>;
    const common = {
      name: "EXPORT",
      seq: 1n,
      neb_type: TYPES[values.type ?? ""] ?? 0,
      neb_flags: Number(values.flags),
      neb_attr: Number(values.attr),
      timestamp: BigInt((/"timestamp":([\d.]+)/.exec(text)?.[1] ?? "").replace(".", "")),
    } as const;
    if (values.callback_type === "NEBCALLBACK_PROCESS_DATA") return { ...common, neb_callback: 0 };
    return {
      ...common,
      neb_callback: 2,
      entry_time: BigInt(values.entry_time ?? 0),
      data_type: Number(values.data_type),
      data: Buffer.from(values.data ?? ""),
    };
  }

  test.for(rows.filter(({ kind }) => kind === "export").map((row, at) => [at, row] as const))(
    "export %d",
    ([, row]) => {
      const exports = [
        { queue: Buffer.from("log_queue"), returnCode: 0, callbacks: [2] },
        { queue: Buffer.from("proc_queue"), returnCode: 0, callbacks: [0] },
      ];
      const jobs = recordJobsOf(exportOf(row), { ...options, exports });
      expect(jobs.map(({ queue }) => queue.toString())).toEqual([row.queue]);
      const text = jobs[0]?.text ?? Buffer.alloc(0);
      expect(runs[row.run].envelope.seal(text).toString("latin1")).toBe(row.payload);
      expect(jobs[0]?.unique.toString()).toMatch(UUID);
      expect(jobs[0]?.priority).toBe("normal");
      expect(row.packet).toBe("SUBMIT_JOB_BG");
    },
  );
});

describe("exports", () => {
  const rule = (queue: string, ...callbacks: number[]) => ({
    queue: Buffer.from(queue),
    returnCode: 0,
    callbacks,
  });
  const event = (neb_callback: number): Message<"EXPORT"> => ({
    name: "EXPORT",
    seq: 1n,
    neb_callback,
    neb_type: 202,
    neb_flags: 0,
    neb_attr: 0,
    timestamp: 1_500_000n,
    event_type: 12,
    recurring: 1,
    run_time: 1_795_247_124n,
  });

  test("a job for each rule of the callback, in their order", () => {
    const exports = [rule("one", 0, 1), rule("other", 2), rule("two", 1)];
    const jobs = recordJobsOf(event(1), { ...options, exports });
    expect(jobs.map(({ queue }) => queue.toString())).toEqual(["one", "two"]);
    expect(jobs[1]?.text.toString()).toBe(
      '{"callback_type":"NEBCALLBACK_TIMED_EVENT_DATA","event_type":"EVENT_HOST_CHECK","type":"NEBTYPE_TIMEDEVENT_EXECUTE",' +
        '"flags":0,"attr":0,"timestamp":1.500000,"recurring":1,"run_time":1795247124}',
    );
  });

  test("a callback without text makes no job", () =>
    expect(recordJobsOf(event(7), { ...options, exports: [rule("q", 7)] })).toEqual([]));
});
