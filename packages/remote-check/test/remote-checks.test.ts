import { systemClock } from "@mod-gearman/base";
import { AdminConnection, dialTcp } from "@mod-gearman/client";
import {
  createEnvelope,
  EnvelopeOpener,
  EnvelopeSealer,
  issueIdentity,
  OwnKeys,
  printMasterFile,
} from "@mod-gearman/crypto";
import { parseJob, printWorkerResult } from "@mod-gearman/payload";
import { createJobServer } from "@mod-gearman/server";
import { JobPeer } from "@mod-gearman/testkit";
import { expect, type TestContext, test } from "vitest";
import { CheckSealing } from "../src/check-sealing.ts";
import { ownQueue } from "../src/own-queue.ts";
import { type RemoteCheck, RemoteChecks, type RemoteChecksOptions } from "../src/remote-checks.ts";

const KEY = Buffer.from("a key of some length");
const RESULTS = Buffer.from("own_results");
const QUEUE = Buffer.from("service");
const envelope = createEnvelope({ mode: "on", password: KEY });
const clear = createEnvelope({ mode: "off" });
const master = { secret: Buffer.alloc(32, 1), epochs: [1] };
const nowMs = (): number => 1_700_000_000_000;

const check: RemoteCheck = {
  queue: QUEUE,
  hostName: Buffer.from("web1"),
  serviceDescription: Buffer.from("disk"),
  commandLine: Buffer.from("/bin/true"),
  timeoutSeconds: 5,
  timeoutMs: 5000,
};

/** What a worker makes of a job: messages for the result queue, and how the job ends. */
type Answer = (workload: Buffer) => readonly Buffer[];

async function site(context: TestContext, answer: Answer, options: Partial<RemoteChecksOptions> = {}) {
  const server = createJobServer({ listen: "127.0.0.1", port: 0 });
  context.onTestFinished(() => server.close());
  const { port } = await server.listen();
  const worker = await JobPeer.connect(port);
  context.onTestFinished(() => worker.close());
  worker.take(["service"], (workload) => {
    for (const message of answer(workload))
      void worker.submit(RESULTS.toString(), message, crypto.randomUUID());
  });
  await expect.poll(() => server.stats().functions).toBe(1);
  const address = { host: "127.0.0.1", port };
  const checks = new RemoteChecks(
    {
      ...{ server: address, resultQueue: RESULTS, clientId: Buffer.from("test"), timeoutMs: 5000 },
      sealing: new CheckSealing({ encryption: true, key: KEY }, nowMs),
      ...options,
    },
    {
      ...{ dial: dialTcp(), clock: systemClock },
      nowMicros: () => BigInt(nowMs()) * 1000n,
      random: () => crypto.randomUUID(),
    },
  );
  const close = (): Promise<void> => checks.close();
  context.onTestFinished(close);
  return { server, address, checks, close };
}

const resultOf = (text: Buffer, binding: { readonly jobId?: Buffer } = {}): Buffer => {
  const { hostName, serviceDescription } = parseJob(text);
  return printWorkerResult({
    ...{ type: "active", hostName: hostName ?? Buffer.alloc(0), serviceDescription, returnCode: 1 },
    ...{ startTime: 1n, finishTime: 2n, source: Buffer.from("w1"), output: Buffer.from("done") },
    ...binding,
  });
};

const legacy: Answer = (workload) => [envelope.seal(resultOf(envelope.open(workload)))];

test("a result of the legacy form; its queue is removed", async (context) => {
  const { checks, close, address } = await site(context, legacy);
  const end = await checks.run(check);
  expect(end).toMatchObject({ kind: "result", sealedBy: undefined, result: { returnCode: 1 } });
  expect(end.kind === "result" && envelope.open(end.payload).toString()).toContain("host_name=web1");
  await close();
  const [status] = await AdminConnection.query(address, ["status"], { timeoutMs: 5000 });
  expect(status?.kind === "table" && status.lines.map(String)).not.toContainEqual(
    expect.stringContaining("own_results"),
  );
});

test("each result goes to the check of its object", async (context) => {
  const { checks } = await site(context, legacy);
  const names = ["a", "b", "c"].map((name) => Buffer.from(name));
  const ends = await Promise.all(names.map((hostName) => checks.run({ ...check, hostName })));
  expect(ends.map((end) => end.kind === "result" && end.result.hostName.toString())).toEqual(["a", "b", "c"]);
});

test.for<[string, Answer]>([
  ["unreadable", () => [Buffer.from("rubbish")]],
  ["clear", (workload) => [clear.seal(resultOf(envelope.open(workload)))]],
  ["sealed", () => [Buffer.concat([Buffer.from([0xb2]), Buffer.alloc(80)])]],
])("%s", async ([kind, answer], context) => {
  const { checks } = await site(context, answer);
  expect(await checks.run(check)).toMatchObject({ kind });
});

test("a message that cannot be read ends no check whose result comes; it is counted", async (context) => {
  const rubbish = Buffer.from("rubbish");
  const { checks } = await site(context, (workload) => [rubbish, ...legacy(workload), rubbish]);
  const names = ["a", "b", "c"].map((name) => Buffer.from(name));
  const ends = await Promise.all(names.map((hostName) => checks.run({ ...check, hostName })));
  expect(ends.map(({ kind }) => kind)).toEqual(["result", "result", "result"]);
  await expect.poll(() => checks.unread).toBe(6);
});

test("a result for another program is left to it", async (context) => {
  const { checks, server } = await site(context, legacy, { isPendingOther: () => true });
  expect(await checks.run({ ...check, timeoutMs: 300 })).toEqual({ kind: "no-result" });
  await checks.close();
  expect([...server.metrics.queues()].find(({ name }) => name === "own_results")?.waiting).toBe(1);
});

/** A worker of version 2. */
function sealedWorker(name: string, change: (jobId: Buffer) => Buffer = (id) => id): Answer {
  const issued = issueIdentity(master, { kind: "worker", name, queues: [QUEUE] });
  const keys = new OwnKeys(issued);
  const opener = new EnvelopeOpener({ direction: "job", keys, maxTextBytes: 10_000 });
  const sealer = new EnvelopeSealer({ bootId: Buffer.alloc(16, 7), nowMs });
  return (workload) => {
    const opened = opener.open(workload, QUEUE);
    if (!("text" in opened)) throw new Error(opened.refused);
    const jobId = change(Buffer.from(parseJob(opened.text).jobId ?? ""));
    return [sealer.seal(keys.own, RESULTS, resultOf(opened.text, { jobId }))];
  };
}

const sealing = (list?: string): CheckSealing => {
  const identities = list === undefined ? undefined : Buffer.from(list);
  return new CheckSealing(
    { encryption: false, files: { masterFile: printMasterFile(master), identities } },
    nowMs,
  );
};

test.for<[string, Answer, string | undefined, object]>([
  ["of a worker", sealedWorker("w1"), undefined, { kind: "result", sealedBy: "w1" }],
  ["of a listed one", sealedWorker("w1"), "worker w1 service\n", { kind: "result", sealedBy: "w1" }],
  [
    "of one without the queue",
    sealedWorker("w1"),
    "worker w1 host\n",
    { kind: "untaken", why: expect.stringContaining("NOT_ALLOWED") },
  ],
  [
    "of a revoked one",
    sealedWorker("w1"),
    "worker w1 service\nrevoked w1\n",
    { kind: "untaken", why: expect.stringContaining("REVOKED") },
  ],
  [
    "of another job",
    sealedWorker("w1", () => Buffer.from("x".repeat(32))),
    undefined,
    { kind: "untaken", why: expect.stringContaining("NOT_IN_FLIGHT") },
  ],
])("a sealed result %s", async ([, answer, list, end], context) => {
  const { checks } = await site(context, answer, { sealing: sealing(list) });
  expect(await checks.run(check)).toMatchObject(end);
});

test.for<[lifetimeMs: number | undefined, lives: number]>([
  [undefined, 5000],
  [60_000, 60_000],
  [1e9, 3_600_000],
])("with a lifetime of %s a sealed job ends after %i ms", ([lifetimeMs, lives]) => {
  const { binding } = new CheckSealing(
    { encryption: false, files: { masterFile: printMasterFile(master) }, lifetimeMs },
    nowMs,
  ).job(QUEUE, 5000);
  expect(binding?.deadline).toBe(BigInt(nowMs() + lives) * 1000n);
});

test("a result of the legacy form for a sealed job is refused", async (context) => {
  const answer: Answer = () => [
    clear.seal(Buffer.from("host_name=web1\nservice_description=disk\nreturn_code=0\noutput=x\n")),
  ];
  const { checks } = await site(context, answer, { sealing: sealing() });
  expect(await checks.run(check)).toMatchObject({
    kind: "untaken",
    why: expect.stringContaining("NOT_SEALED_V2"),
  });
});

test("names of result queues are bounded", () => {
  expect(ownQueue("p", "a host/ä".repeat(30), "abcdef01").toString("latin1")).toMatch(
    /^p_[\w.-]{64}_abcdef$/,
  );
});
