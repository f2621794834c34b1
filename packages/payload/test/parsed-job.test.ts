import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Job, type ParsedJob, parseJob, printJob } from "../src/index.ts";
import { base64, jobRows, latin1, loadVectors, micros, plainLines } from "./vectors.ts";

interface WorkerRow {
  readonly group: string;
  readonly case: string;
  readonly jobText: string;
}

const texts = [
  ...jobRows.map((row) => base64(row.plaintext)),
  ...loadVectors<{ results: WorkerRow[] }>("worker-results").results.map((row) => Buffer.from(row.jobText)),
];

const fields: readonly [key: string, field: keyof ParsedJob][] = [
  ["type", "type"],
  ["result_queue", "resultQueue"],
  ["target_queue", "targetQueue"],
  ["host_name", "hostName"],
  ["service_description", "serviceDescription"],
  ["command_line", "commandLine"],
  ["contact", "contact"],
  ["plugin_output", "pluginOutput"],
  ["long_plugin_output", "longPluginOutput"],
];

test("every captured job is parsed key by key", () => {
  expect(texts.length).toBeGreaterThan(150);
  for (const text of texts) {
    const lines = plainLines(text);
    const job = parseJob(text);
    for (const [key, field] of fields)
      expect((job[field] as Buffer | undefined)?.toString("latin1")).toBe(lines.get(key)?.trim());
    expect(job.coreTime).toBe(micros(lines.get("core_time") ?? ""));
    const startTime = lines.get("start_time");
    expect(job.startTime).toBe(startTime === undefined ? undefined : micros(startTime));
    expect(job.timeoutSeconds?.toString()).toBe(lines.get("timeout"));
    expect(job.kind).toBe(lines.get("type"));
  }
});

test("every captured job survives parsing and printing", () => {
  for (const { plaintext } of jobRows) {
    const { type: _, ...job } = parseJob(base64(plaintext));
    expect(printJob(job as Job).toString("latin1")).toBe(base64(plaintext).toString("latin1"));
  }
});

test("NULs or LFs as padding have no effect", () => {
  const text = latin1("type=host\ncommand_line=/bin/true\n");
  const job = parseJob(text);
  for (const padding of ["\0", "\0\0\0", "\n\n\n", "\0command_line=evil\n"])
    expect(parseJob(Buffer.concat([text, latin1(padding)]))).toEqual(job);
});

describe("rules of the worker", () => {
  const parse = (...lines: string[]) =>
    parseJob(latin1(["type=service", "command_line=x", ...lines].join("\n")));

  test("an empty value counts as absent and hides nothing", () => {
    expect(parse("service_description=", "host_name=h", "result_queue= ")).toEqual({
      type: latin1("service"),
      kind: "service",
      commandLine: latin1("x"),
      hostName: latin1("h"),
    });
  });
  test("start_time is used if core_time is missing", () => {
    expect(parse("start_time=5.0").coreTime).toBe(5_000_000n);
    expect(parse("start_time=5.0", "core_time=6.0").coreTime).toBe(6_000_000n);
    expect(parse().coreTime).toBeUndefined();
  });
  test.for(["0", "-5", "abc", ""])("timeout %j leaves the choice to the worker", (timeout) => {
    expect(parse(`timeout=${timeout}`).timeoutSeconds).toBeUndefined();
  });
  test("white space around keys and values is ignored, the last of equal keys is used", () => {
    expect(parse(" host_name =  a b \r", "host_name=c").hostName).toEqual(latin1("c"));
    expect(parse(" host_name =  a b \r").hostName).toEqual(latin1("a b"));
  });
  test.for(["", "odd", "HOST"])("type %j is kind other", (type) => {
    const job = parseJob(latin1(`type=${type}\ncommand_line=x\n`));
    expect(job.kind).toBe("other");
    expect(job.type.toString()).toBe(type);
  });
});

test.for([
  "",
  "type",
  "Type=host\n",
  "\ntype=host\ncommand_line=x\n",
  "host_name=h\ntype=host\ncommand_line=x\n",
])("%j is no job", (text) => {
  expect(() => parseJob(latin1(text))).toThrow(expect.objectContaining({ code: "NOT_A_JOB" }));
});

test.for([
  "type=host\n",
  "type=host\ncommand_line=\n",
  "type=host\ncommand_line= \t\n",
  "type=host\0command_line=x\n",
])("%j has no command", (text) => {
  expect(() => parseJob(latin1(text))).toThrow(expect.objectContaining({ code: "NO_COMMAND" }));
});

const value = fc
  .array(fc.integer({ min: 0x21, max: 0xff }), { minLength: 1, maxLength: 20 })
  .map((array) => Buffer.from(array));
const time = fc.bigInt({ min: -(2n ** 50n), max: 2n ** 50n });
const checkJob = fc.record({
  kind: fc.constantFrom("host" as const, "service" as const),
  resultQueue: value,
  targetQueue: value,
  hostName: value,
  serviceDescription: value,
  coreTime: time,
  timeoutSeconds: fc.integer({ min: 1, max: 100_000 }),
  commandLine: value,
});
const eventHandlerJob = fc.record({
  kind: fc.constant("eventhandler" as const),
  startTime: time,
  coreTime: time,
  commandLine: value,
});
const notificationJob = fc.record({
  kind: fc.constant("notification" as const),
  startTime: time,
  coreTime: time,
  contact: value,
  commandLine: value,
  pluginOutput: value,
  longPluginOutput: value,
});

test("any job survives printing and parsing", () => {
  fc.assert(
    fc.property(fc.oneof(checkJob, eventHandlerJob, notificationJob), (job) => {
      expect(parseJob(printJob(job))).toEqual({ ...job, type: latin1(job.kind) });
    }),
  );
});
