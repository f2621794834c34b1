import type { AssignedJob } from "@mod-gearman/client";
import { createEnvelope } from "@mod-gearman/crypto";
import { memoryLogger } from "@mod-gearman/observe";
import { describe, expect, test } from "vitest";

import type { CoreLink } from "../src/link/core-link.ts";
import type { Message } from "../src/link/fields.ts";
import { ResultIntake, resultId } from "../src/result-intake.ts";

const envelope = createEnvelope({ mode: "on", password: Buffer.from("test-key-of-this-file") });
const NOW = 1_795_246_680_000_000n;

interface FakeJob extends AssignedJob {
  readonly answers: string[];
}

function job(text: string | Buffer, over: Partial<AssignedJob> = {}): FakeJob {
  const answers: string[] = [];
  return {
    handle: Buffer.from("H:monhost:1"),
    function: Buffer.from("check_results"),
    unique: Buffer.from("f0a6"),
    data: typeof text === "string" ? envelope.seal(Buffer.from(text)) : text,
    complete: (data) => answers.push(`complete ${data?.toString() ?? ""}`),
    fail: () => answers.push("fail"),
    abandon: () => answers.push("abandon"),
    connectionLost: false,
    answers,
    ...over,
  };
}

const resultText = (output: string): string =>
  "type=active\nhost_name=web01\nservice_description=HTTP\ncore_start_time=1795246679.000000\n" +
  `start_time=1795246679.500000\nfinish_time=1795246679.700000\nreturn_code=2\nexited_ok=1\nsource=me\noutput=${output}\n\n\n`;

function setup(): {
  intake: ResultIntake;
  link: CoreLink;
  sent: Message<"RESULT">[];
  lines: string[];
  results: number;
} {
  const logger = memoryLogger();
  const sent: Message<"RESULT">[] = [];
  const state = { results: 0 };
  const intake = new ResultIntake({
    now: () => NOW,
    logger,
    envelope: () => envelope,
    onResult: () => {
      state.results += 1;
    },
    status: () => Buffer.from("0:OK - fine"),
  });
  const link = {
    send: (message: Message<"RESULT">) => {
      sent.push(message);
      return true;
    },
  } as unknown as CoreLink;
  return {
    intake,
    link,
    sent,
    lines: logger.lines,
    get results() {
      return state.results;
    },
  };
}

test("a result goes to the core with real line feeds and its latency, and is completed when the core has it", () => {
  const { intake, link, sent } = setup();
  intake.attach(link, 10);
  const one = job(resultText("down\\nsecond line|time=1"));
  intake.onJob(one);
  expect(sent).toHaveLength(1);
  expect(sent[0]).toMatchObject({
    name: "RESULT",
    seq: 1n,
    host_name: Buffer.from("web01"),
    service_description: Buffer.from("HTTP"),
    return_code: 2,
    check_type: 0,
    start_time: 1_795_246_679_500_000n,
    finish_time: 1_795_246_679_700_000n,
    latency: 800_000n, // now - (finish - start) - core_start_time
    output: Buffer.from("down\nsecond line|time=1"),
  });
  expect(one.answers).toEqual([]);
  intake.onDone(1n);
  expect(one.answers).toEqual(["complete "]);
  expect(intake.held).toBe(0);
});

test("the window bounds what is sent unanswered; the rest follows in order", () => {
  const { intake, link, sent } = setup();
  intake.attach(link, 2);
  const jobs = ["a", "b", "c", "d"].map((text) => job(resultText(text)));
  for (const one of jobs) intake.onJob(one);
  expect(sent.map((m) => m.output.toString())).toEqual(["a", "b"]);
  intake.onDone(2n);
  expect(sent.map((m) => m.output.toString())).toEqual(["a", "b", "c", "d"]);
  intake.onDone(4n);
  expect(jobs.map((one) => one.answers.length)).toEqual([1, 1, 1, 1]);
});

test("what was unanswered when the core went is sent again, first things first, numbered anew", () => {
  const { intake, link, sent } = setup();
  intake.attach(link, 2);
  const jobs = ["a", "b", "c"].map((text) => job(resultText(text)));
  for (const one of jobs) intake.onJob(one);
  intake.onDone(1n);
  intake.detach();
  intake.onJob(job(resultText("d")));
  expect(sent.map((m) => m.output.toString())).toEqual(["a", "b", "c"]);
  const ids = sent.map((m) => m.result_id);
  sent.length = 0;
  intake.attach(link, 10);
  expect(sent.map((m) => [m.output.toString(), m.seq])).toEqual([
    ["b", 1n],
    ["c", 2n],
    ["d", 3n],
  ]);
  expect(sent[0]?.result_id).toEqual(ids[1]);
});

test("jobs whose job server connection was lost meanwhile are not sent again: the server hands them out anew", () => {
  const { intake, link, sent } = setup();
  const gone = job(resultText("gone"), { connectionLost: true });
  intake.onJob(gone);
  intake.onJob(job(resultText("kept")));
  intake.attach(link, 10);
  expect(sent.map((m) => m.output.toString())).toEqual(["kept"]);
  expect(gone.answers).toEqual(["abandon"]); // it must not take up a place for ever
});

describe("jobs that are no results", () => {
  test.for([["check"], ["check\0"]])("status request %j is answered at once", ([request]) => {
    const { intake, sent } = setup();
    const one = job(Buffer.from(request as string));
    intake.onJob(one);
    expect(one.answers).toEqual(["complete 0:OK - fine"]);
    expect(sent).toEqual([]);
  });

  test.for([
    ["not base64", Buffer.from("{}")],
    [
      "another key",
      createEnvelope({ mode: "on", password: Buffer.from("other") }).seal(Buffer.from(resultText("x"))),
    ],
    ["no host", envelope.seal(Buffer.from("type=active\noutput=x\n\n\n"))],
    ["no output", envelope.seal(Buffer.from("type=active\nhost_name=x\n\n\n"))],
    ["nothing", Buffer.alloc(0)],
  ] as const)("%s: failed, logged, and the next one still works", ([, data]) => {
    const { intake, link, lines, sent } = setup();
    intake.attach(link, 10);
    const bad = job(data);
    intake.onJob(bad);
    expect(bad.answers).toEqual(["fail"]);
    expect(lines).toEqual(["error: discarded invalid job (H:monhost:1), check your encryption settings"]);
    expect(intake.discarded).toBe(1);
    intake.onJob(job(resultText("good")));
    expect(sent).toHaveLength(1);
  });
});

test("a core_start_time from uninitialised memory does not become a latency of years", () => {
  const { intake, link, sent } = setup();
  intake.attach(link, 10);
  intake.onJob(job(resultText("x").replace("1795246679.000000", "8232.008234")));
  expect(sent[0]?.latency).toBeLessThan(1_000_000n);
});

test("the id names the job by its unique key, or by its handle when it has none", () => {
  const data = Buffer.from("payload");
  const id = (unique: string, handle: string): string =>
    resultId({ unique: Buffer.from(unique), handle: Buffer.from(handle), data }).toString("hex");
  expect(id("u1", "H:a:1")).toBe(id("u1", "H:b:2"));
  expect(id("", "H:a:1")).not.toBe(id("", "H:a:2"));
  expect(id("-", "H:a:1")).not.toBe(id("-", "H:a:2"));
  expect(id("", "H:a:1")).toHaveLength(32);
});
