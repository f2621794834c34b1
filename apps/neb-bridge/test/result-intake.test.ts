import type { AssignedJob } from "@mod-gearman/client";
import { createEnvelope } from "@mod-gearman/crypto";
import { memoryLogger } from "@mod-gearman/observe";
import { ManualClock } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { BridgeCounts } from "../src/bridge-counts.ts";
import { envelopeMemory } from "../src/bridge-envelope.ts";
import { encodeMessage } from "../src/link/codec.ts";
import type { CoreLink } from "../src/link/core-link.ts";
import type { Message } from "../src/link/fields.ts";
import { ResultIntake } from "../src/result-intake.ts";
import { resultId } from "../src/result-message.ts";

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
  clock: ManualClock;
  changes: boolean[];
  /** Numbers of timelines. */
  applied: number[];
} {
  const logger = memoryLogger();
  const sent: Message<"RESULT">[] = [];
  const state = { results: 0 };
  const applied: number[] = [];
  const clock = new ManualClock();
  const changes: boolean[] = [];
  const intake = new ResultIntake({
    clock,
    nowMicros: () => NOW,
    logger,
    counts: new BridgeCounts(),
    onResult: ({ output }) => {
      state.results += 1;
      return output.equals(Buffer.from("second")) ? undefined : state.results;
    },
    onApplied: (timeline) => applied.push(timeline),
    status: () => Buffer.from("0:OK - fine"),
    onCapacityChange: (isBelowLimit) => changes.push(isBelowLimit),
    maxHeldBytes: 20_000,
    refusals: envelopeMemory({ clock, nowMicros: () => NOW }, logger).refusals,
  });
  const link = {
    isWritable: true,
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
    clock,
    changes,
    applied,
    get results() {
      return state.results;
    },
  };
}

test("a result is sent to the core with real line feeds and its latency, and completed when the core has it", () => {
  const { intake, link, sent } = setup();
  intake.attach(link, 10);
  const one = job(resultText("down\\nsecond line|time=1"));
  intake.onJobs([one], envelope);
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

test("the second result of a run is completed, and the core does not get it", () => {
  const { intake, link, sent } = setup();
  intake.attach(link, 10);
  const one = job(resultText("second"));
  intake.onJobs([one], envelope);
  expect([sent.length, one.answers, intake.held]).toEqual([0, ["complete "], 0]);
});

test("a result of the bridge's own waits for a core and is sent once", () => {
  const { intake, link, sent } = setup();
  intake.attach(link, 10);
  intake.onJobs([job(resultText("a"))], envelope);
  const [message] = sent;
  if (message === undefined) throw new Error("nothing was sent");
  intake.onDone(1n);
  intake.detach();
  intake.add({ ...message, result_id: Buffer.alloc(16, 7), output: Buffer.from("own") });
  expect(intake.held).toBe(1);
  intake.attach(link, 10);
  intake.onDone(1n);
  expect([sent.map((m) => m.output.toString()), intake.held]).toEqual([["a", "own"], 0]);
});

test("the window bounds what is sent unanswered; the rest follows in order", () => {
  const { intake, link, sent } = setup();
  intake.attach(link, 2);
  const jobs = ["a", "b", "c", "d"].map((text) => job(resultText(text)));
  for (const one of jobs) intake.onJobs([one], envelope);
  expect(sent.map((m) => m.output.toString())).toEqual(["a", "b"]);
  intake.onDone(2n);
  expect(sent.map((m) => m.output.toString())).toEqual(["a", "b", "c", "d"]);
  intake.onDone(4n);
  expect(jobs.map((one) => one.answers.length)).toEqual([1, 1, 1, 1]);
});

test("results unanswered when the core disconnected are sent again in the same order, renumbered", () => {
  const { intake, link, sent } = setup();
  intake.attach(link, 2);
  const jobs = ["a", "b", "c"].map((text) => job(resultText(text)));
  for (const one of jobs) intake.onJobs([one], envelope);
  intake.onDone(1n);
  intake.detach();
  intake.onJobs([job(resultText("d"))], envelope);
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

describe("the connection to the job server is lost while a result is held", () => {
  const lost = (text: string): FakeJob => job(resultText(text), { connectionLost: true });

  test("the core still gets the result: the server may have lost the job", () => {
    const { intake, link, sent } = setup();
    const one = lost("kept");
    intake.onJobs([one], envelope);
    intake.attach(link, 10);
    expect(sent.map((m) => m.output.toString())).toEqual(["kept"]);
    intake.onDone(1n);
    expect(one.answers).toEqual(["complete "]); // it frees its capacity
    expect(intake.held).toBe(0);
  });

  test("the same job assigned again replaces the lost one; it is sent once and completed", () => {
    const state = setup();
    const { intake, link, sent } = state;
    intake.attach(link, 10);
    const one = lost("x");
    intake.onJobs([one], envelope);
    const again = job(resultText("x"), { data: one.data });
    intake.onJobs([again], envelope);
    expect(sent).toHaveLength(1);
    expect(one.answers).toEqual(["abandon"]);
    intake.onDone(1n);
    expect(again.answers).toEqual(["complete "]);
    expect(state.results).toBe(1);
    expect(intake.repeated).toBe(1);
  });

  test("the same job assigned again after the answer of the core is completed without sending", () => {
    const { intake, link, sent } = setup();
    intake.attach(link, 10);
    const one = lost("x");
    intake.onJobs([one], envelope);
    intake.onDone(1n);
    const again = job(resultText("x"), { data: one.data });
    intake.onJobs([again], envelope);
    expect(again.answers).toEqual(["complete "]);
    expect(sent).toHaveLength(1);
  });

  test("a job that was completed just before is recognised too, behind all others: its completion may not have arrived", () => {
    const { intake, link, sent } = setup();
    intake.attach(link, 10);
    const one = job(resultText("x"));
    intake.onJobs([one], envelope);
    intake.onDone(1n);
    intake.connectionLost();
    for (let at = 2; at < 1000; at++) {
      intake.onJobs([job(resultText(`other ${at}`))], envelope);
      intake.onDone(BigInt(at));
    }
    const again = job(resultText("x"), { data: one.data });
    intake.onJobs([again], envelope);
    expect(again.answers).toEqual(["complete "]);
    expect(sent).toHaveLength(999);
    expect(intake.repeated).toBe(1);
  });

  test("after half an hour it is another result: a sender may use a key again for the same text", async () => {
    const { intake, link, sent, clock } = setup();
    intake.attach(link, 10);
    const one = job(resultText("x"));
    intake.onJobs([one], envelope);
    intake.onDone(1n);
    await clock.advance(900_000);
    intake.connectionLost();
    await clock.advance(899_000);
    intake.connectionLost(); // of other connections
    const again = (): void => intake.onJobs([job(resultText("x"), { data: one.data })], envelope);
    again();
    expect([sent.length, intake.repeated]).toEqual([1, 1]);
    intake.connectionLost();
    await clock.advance(1_800_000);
    again();
    expect([sent.length, intake.repeated]).toEqual([2, 1]);
  });

  test("two live jobs with the same content are two results", () => {
    const { intake, link, sent } = setup();
    intake.attach(link, 10);
    const one = job(resultText("x"));
    intake.onJobs([one], envelope);
    intake.onJobs([job(resultText("x"), { data: one.data })], envelope);
    expect(sent).toHaveLength(2); // the shim recognises by the id that it has it already
    intake.onDone(2n);
    expect(intake.held).toBe(0);
  });
});

describe("extreme results of workers", () => {
  test("times beyond 64 bit are limited", () => {
    const { intake, link, sent } = setup();
    intake.attach(link, 10);
    const text = resultText("x")
      .replace("start_time=1795246679.500000", "start_time=99999999999999999999")
      .replace("finish_time=1795246679.700000", "finish_time=-99999999999999999999");
    intake.onJobs([job(text)], envelope);
    expect(() => encodeMessage(sent[0] as Message<"RESULT">)).not.toThrow();
    expect(sent[0]?.latency).toBe(2n ** 63n - 1n);
  });

  test("an output that fits no frame is cut; later results are not delayed", () => {
    const { intake, link, sent } = setup();
    intake.attach(link, 10);
    intake.onJobs([job(resultText("y".repeat(17_000_000)))], envelope);
    intake.onJobs([job(resultText("next"))], envelope);
    expect(sent[0]?.output).toHaveLength(10_485_760);
    expect(() => encodeMessage(sent[0] as Message<"RESULT">)).not.toThrow();
    expect(sent[1]?.output.toString()).toBe("next");
  });

  test("a result with a name longer than that of any object is refused", () => {
    const { intake } = setup();
    const one = job(resultText("x").replace("web01", "w".repeat(70_000)));
    intake.onJobs([one], envelope);
    expect(one.answers).toEqual(["fail"]);
  });
});

test("many undecodable jobs are logged once a minute with their number", () => {
  const { intake, lines, clock } = setup();
  for (let i = 0; i < 1000; i += 1) intake.onJobs([job(Buffer.from("{}"))], envelope);
  clock.tick(60_000);
  intake.onJobs([job(Buffer.from("{}"))], envelope);
  expect(lines).toHaveLength(2);
  expect(lines[1]).toContain("(+999 similar)");
  expect(intake.discarded).toBe(1001);
});

test("while the backlog of the connection to the core is full, no more results are sent", () => {
  const { intake, link, sent } = setup();
  const full = link as { isWritable: boolean };
  full.isWritable = false;
  intake.attach(link, 10);
  intake.onJobs([job(resultText("x"))], envelope);
  expect(sent).toEqual([]);
  full.isWritable = true;
  intake.onDrain();
  expect(sent).toHaveLength(1);
});

test("above the limit of held bytes no more jobs are grabbed until half of them are released", () => {
  const { intake, link, changes } = setup();
  intake.attach(link, 10);
  for (let i = 0; i < 3; i += 1) intake.onJobs([job(resultText(`${i}`.repeat(6000)))], envelope);
  expect(changes).toEqual([false]);
  intake.onDone(1n);
  expect(changes).toEqual([false]);
  intake.onDone(3n);
  expect(changes).toEqual([false, true]);
});

test("with a window of 0 nothing is sent; waiting results follow once it is larger", () => {
  const { intake, link, sent } = setup();
  intake.attach(link, 0);
  intake.onJobs([job(resultText("x"))], envelope);
  expect(sent).toEqual([]);
  intake.setWindow(1);
  expect(sent).toHaveLength(1);
});

describe("jobs that are not results", () => {
  test.for([["check"], ["check\0"]])("status request %j is answered at once", ([request]) => {
    const { intake, sent } = setup();
    const one = job(Buffer.from(request as string));
    intake.onJobs([one], envelope);
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
    intake.onJobs([bad], envelope);
    expect(bad.answers).toEqual(["fail"]);
    expect(lines).toEqual(["error: discarded invalid job (H:monhost:1), check your encryption settings"]);
    expect(intake.discarded).toBe(1);
    intake.onJobs([job(resultText("good"))], envelope);
    expect(sent).toHaveLength(1);
  });
});

test("a core_start_time from uninitialised memory does not give a latency of years", () => {
  const { intake, link, sent } = setup();
  intake.attach(link, 10);
  intake.onJobs([job(resultText("x").replace("1795246679.000000", "8232.008234"))], envelope);
  expect(sent[0]?.latency).toBeLessThan(1_000_000n);
});

test("the id contains the unique key of the job, or its handle without one", () => {
  const data = Buffer.from("payload");
  const id = (unique: string, handle: string): string =>
    resultId({ unique: Buffer.from(unique), handle: Buffer.from(handle), data }).toString("hex");
  expect(id("u1", "H:a:1")).toBe(id("u1", "H:b:2"));
  expect(id("", "H:a:1")).not.toBe(id("", "H:a:2"));
  expect(id("-", "H:a:1")).not.toBe(id("-", "H:a:2"));
  expect(id("", "H:a:1")).toHaveLength(32);
});
