import {
  BridgeKeys,
  EnvelopeOpener,
  EnvelopeSealer,
  issueIdentity,
  printIdentityFile,
} from "@mod-gearman/crypto";
import { type CheckResult, parseCheckResult, printJob } from "@mod-gearman/payload";
import { settle } from "@mod-gearman/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { openResult, sealJob, serviceJob, WorkerWorld } from "./worker-world.ts";

const master = { secret: Buffer.alloc(32, 1), epochs: [2, 1] };
const SERVICE = Buffer.from("service");
const RESULTS = Buffer.from("check_results");
const keys = new BridgeKeys(master);
const opener = new EnvelopeOpener({ direction: "result", keys, maxTextBytes: 100_000 });
const NOW_SECONDS = 1_700_000_100;

async function worker(
  form: "both" | "v2",
  ...more: string[]
): Promise<WorkerWorld & { readonly ran: string[] }> {
  const world = new WorkerWorld(
    `--envelope=${form}`,
    "--envelope_identity_file=/keys",
    "--hosts=yes",
    ...more,
  );
  const issued = issueIdentity(master, {
    kind: "worker",
    name: "w1",
    queues: [SERVICE, Buffer.from("host")],
  });
  world.files = { "/keys": printIdentityFile(issued) };
  onTestFinished(() => world.end());
  await world.start();
  const ran: string[] = [];
  world.runner.answer = ({ commandLine }) => {
    ran.push(commandLine.toString());
    return { exitCode: 1, stdout: Buffer.from("WARNING - a\n") };
  };
  return Object.assign(world, { ran });
}

const text = (over: { deadline?: bigint | undefined; jobId?: Buffer | undefined } = {}): Buffer =>
  printJob({
    kind: "service",
    resultQueue: RESULTS,
    targetQueue: SERVICE,
    hostName: Buffer.from("h1"),
    serviceDescription: Buffer.from("s1"),
    coreTime: BigInt(NOW_SECONDS) * 1_000_000n,
    timeoutSeconds: 60,
    commandLine: Buffer.from("/x/plugin a"),
    deadline: BigInt(NOW_SECONDS + 600) * 1_000_000n,
    jobId: Buffer.from("the-id-of-this-job"),
    ...over,
  });

function seal(what: Buffer, { queue = SERVICE, from = master } = {}): Buffer {
  const sealer = new EnvelopeSealer({ bootId: Buffer.alloc(16, 9), nowMs: () => NOW_SECONDS * 1000 });
  return sealer.seal(new BridgeKeys(from).jobKey(queue), queue, what);
}

function opened(data: Buffer | undefined): CheckResult {
  const message = opener.open(data ?? RESULTS, RESULTS);
  if ("refused" in message) throw new Error(message.refused);
  return parseCheckResult(message.text);
}

test("a sealed job is run, and its result is sealed in the worker's own name, with the id of the job", async () => {
  const { servers, ran } = await worker("v2");
  const handle = servers.a.put("service", seal(text()));
  await settle();
  expect(ran).toEqual(["/x/plugin a"]);
  expect(servers.a.completed).toEqual([{ handle, data: "OK" }]);
  expect(opened(servers.a.submitted[0]?.data)).toMatchObject({
    type: "active",
    hostName: Buffer.from("h1"),
    returnCode: 1,
    jobId: Buffer.from("the-id-of-this-job"),
  });
});

describe("a job is not run, and counted under its reason", () => {
  const attacks: [what: string, reason: string, queue: string, make: () => Buffer][] = [
    [
      "with a bit changed",
      "NOT_AUTHENTIC",
      "service",
      () => {
        const message = seal(text());
        message[60] = (message[60] ?? 0) ^ 1;
        return message;
      },
    ],
    ["cut", "NOT_AUTHENTIC", "service", () => seal(text()).subarray(0, -20)],
    [
      "of another site",
      "UNKNOWN_KEY",
      "service",
      () => seal(text(), { from: { ...master, secret: RESULTS32 } }),
    ],
    ["of another queue of this worker", "NOT_AUTHENTIC", "host", () => seal(text())],
    ["of a queue that it has no key for", "UNKNOWN_KEY", "service", () => seal(text(), { queue: RESULTS })],
    ["of a later epoch", "UNKNOWN_KEY", "service", () => seal(text(), { from: { ...master, epochs: [3] } })],
    ["without deadline", "MALFORMED", "service", () => seal(text({ deadline: undefined }))],
    ["without command", "MALFORMED", "service", () => seal(Buffer.from("type=service\n"))],
    ["that is no job", "MALFORMED", "service", () => seal(Buffer.from("host_name=h1\n"))],
    ["without id", "MALFORMED", "service", () => seal(text({ jobId: undefined }))],
    ["after its deadline", "OUT_OF_TIME", "service", () => seal(text({ deadline: 1_700_000_099_000_000n }))],
    ["in the legacy form", "NOT_SEALED_V2", "service", () => serviceJob("/x/plugin a")],
  ];
  const RESULTS32 = Buffer.alloc(32, 5);

  test.for(attacks)("%s: %s", async ([, reason, queue, make]) => {
    const world = await worker("v2");
    const { servers, ran, logger } = world;
    servers.a.put(queue, make());
    await settle();
    expect(ran).toHaveLength(0);
    expect(servers.a.submitted).toHaveLength(0);
    expect(logger.lines.join("\n")).toMatch(
      new RegExp(`error: refused a job of queue ${queue} of a:1: .* \\(${reason}\\)`),
    );
    await world.signal("SIGUSR1");
    expect(logger.lines).toContain("error: jobs refused by the envelope: 1");
    servers.a.put("service", seal(text()));
    await settle();
    expect(ran).toHaveLength(1);
  });
});

test("both: each job is answered in its own form, and the source of those in the legacy form is named", async () => {
  const { servers, ran, logger } = await worker("both");
  servers.a.put("service", serviceJob("/x/plugin legacy"));
  servers.a.put("service", seal(text()));
  await settle();
  expect(ran).toHaveLength(2);
  const [first, second] = servers.a.submitted;
  expect(openResult(first?.data as Buffer).jobId).toBeUndefined();
  expect(opened(second?.data).jobId?.toString()).toBe("the-id-of-this-job");
  expect(logger.lines.join("\n")).toMatch(/warn: jobs in the legacy form, .* came from queue service of a:1/);
});

test("copies for a dup server are in the legacy form, since it belongs to another site", async () => {
  const { servers } = await worker("v2", "--dupserver=dup:1");
  servers.a.put("service", seal(text()));
  await settle();
  expect(openResult(servers.dup.submitted[0]?.data as Buffer)).toMatchObject({ returnCode: 1 });
  expect(openResult(servers.dup.submitted[0]?.data as Buffer).jobId).toBeUndefined();
});

test("a command line that is too long is an UNKNOWN result, sealed", async () => {
  const { servers, ran } = await worker("v2");
  const job = printJob({
    kind: "service",
    resultQueue: RESULTS,
    targetQueue: SERVICE,
    hostName: Buffer.from("h1"),
    coreTime: 0n,
    timeoutSeconds: 60,
    commandLine: Buffer.alloc(4_000_000, "x"),
    deadline: BigInt(NOW_SECONDS + 600) * 1_000_000n,
    jobId: Buffer.from("id"),
  });
  servers.a.put("service", seal(job));
  await settle();
  expect(ran).toHaveLength(0);
  expect(opened(servers.a.submitted[0]?.data)).toMatchObject({ returnCode: 3, jobId: Buffer.from("id") });
});

test("the memory of a worker with keys of its own is hidden, at a reload too; otherwise it says so", async () => {
  const world = await worker("v2");
  expect(world.hidden).toBe(1);
  const text = "plugins of the same user can read the keys in the memory of this worker: EINVAL";
  expect(world.logger.lines.join("\n")).not.toContain(text);
  await world.signal("SIGHUP");
  expect(world.logger.lines).toContain(`warn: ${text}`);
});

test("the memory of a worker in the legacy form is left alone", async () => {
  const world = new WorkerWorld();
  onTestFinished(() => world.end());
  await world.start();
  expect(world.hidden).toBe(0);
});

test("a copy of a job is not run, whether the job still runs or was answered", async () => {
  const { servers, runner, logger } = await worker("v2", "--max-worker=4", "--min-worker=4");
  runner.answer = undefined;
  const message = seal(text());
  servers.a.put("service", message);
  servers.a.put("service", Buffer.from(message));
  await settle();
  expect(runner.runs).toHaveLength(1);
  runner.runs[0]?.end({ exitCode: 0 });
  await settle();
  servers.a.put("service", Buffer.from(message));
  await settle();
  expect(runner.runs).toHaveLength(1);
  expect(servers.a.submitted).toHaveLength(1);
  expect(logger.lines.join("\n")).toContain("(REPLAYED)");
});

test("a copy of a job and one that came too late do not say that the key is wrong, a job of another key does", async () => {
  const { servers, logger } = await worker("v2");
  const report = async (): Promise<unknown> => {
    servers.a.put("worker_w1", Buffer.from("report"));
    await settle();
    return JSON.parse(servers.a.completed.at(-1)?.data ?? "");
  };
  const message = seal(text());
  servers.a.put("service", message);
  servers.a.put("service", Buffer.from(message));
  servers.a.put("service", seal(text({ deadline: 1n })));
  await settle();
  for (const reason of ["REPLAYED", "OUT_OF_TIME"]) expect(logger.lines.join("\n")).toContain(`(${reason})`);
  expect(await report()).toMatchObject({ undecodable: 0 });
  servers.a.put("service", sealJob({}, "any"));
  await settle();
  expect(logger.lines.join("\n")).toContain("(NOT_SEALED_V2)");
  expect(await report()).toMatchObject({ undecodable: 1, undecodableSeconds: expect.any(Number) });
});

test.for<["both" | "v2", string[], boolean]>([
  ["both", [], true],
  ["v2", [], false],
  ["v2", ["--allow_drain_job=yes"], true],
])(
  "%s %s: a drain job under the shared key, which may be a copy, stops the worker: %s",
  async ([form, more, isStopped]) => {
    const { servers, logger } = await worker(form, ...more);
    servers.a.put("worker_w1", sealJob({}, "drain"));
    await settle();
    const refused = "warn: drain job refused: allow_drain_job is off and this worker takes sealed jobs only";
    expect(logger.lines.includes(refused)).toBe(!isStopped);
    expect(servers.a.completed[0]?.data).toMatch(isStopped ? /^w1 is draining/ : /^w1 has \d+ worker/);
  },
);

test("the queue of sticky_state is announced only with a key for it, since its sealed jobs would be lost", async () => {
  const without = await worker("both", "--sticky_state=yes", "--identifier=w1");
  expect(without.servers.a.workers("sticky_w1")).toBe(0);
  await without.signal("SIGHUP");
  expect(without.logger.lines).toContain("warn: no key for queue sticky_w1: sticky_state has no effect");
  const world = await worker("v2", "--sticky_state=yes", "--identifier=w1");
  const queues = ["service", "host", "sticky_w1"].map((name) => Buffer.from(name));
  world.files = { "/keys": printIdentityFile(issueIdentity(master, { kind: "worker", name: "w1", queues })) };
  await world.signal("SIGHUP");
  await settle();
  expect(world.servers.a.workers("sticky_w1")).toBeGreaterThan(0);
});

test("the key of one queue does not let a job of another queue look like a copy", async () => {
  const { servers, ran } = await worker("v2");
  const mate = seal(text(), { queue: Buffer.from("host") }); // with the boot id and counter of the bridge's next job
  servers.a.put("host", mate);
  await settle();
  servers.a.put("service", seal(text()));
  await settle();
  expect(ran).toHaveLength(2);
});
