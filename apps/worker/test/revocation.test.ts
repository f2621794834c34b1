import {
  EnvelopeSealer,
  envelopeKey,
  identityId,
  issueIdentity,
  printEnrolAnswer,
  printIdentityFile,
  readHeader,
  requestId,
} from "@mod-gearman/crypto";
import { printJob } from "@mod-gearman/payload";
import { settle } from "@mod-gearman/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { WorkerWorld } from "./worker-world.ts";

const master = { secret: Buffer.alloc(32, 1), epochs: [1] };
const SERVICE = Buffer.from("service");
const STATUS = Buffer.from("worker_w1");
const issued = issueIdentity(master, { kind: "worker", name: "web-1", queues: [SERVICE] });
const NOW_SECONDS = 1_700_000_100;
let counter = 0;

async function worker(...more: string[]): Promise<WorkerWorld> {
  const world = new WorkerWorld(
    "--envelope=both",
    "--envelope_identity_file=/keys",
    "--health_file=/health",
    ...more,
  );
  world.files = { "/keys": printIdentityFile(issued) };
  onTestFinished(() => world.end());
  world.runner.answer = () => ({ exitCode: 0, stdout: Buffer.from("OK\n") });
  return world.start();
}

/** A sealed job, as the bridge makes it. */
function job(): Buffer {
  const text = printJob({
    ...{
      kind: "service",
      resultQueue: Buffer.from("check_results"),
      targetQueue: SERVICE,
      hostName: Buffer.from("h1"),
    },
    ...{
      serviceDescription: Buffer.from("s1"),
      coreTime: BigInt(NOW_SECONDS) * 1_000_000n,
      timeoutSeconds: 60,
    },
    commandLine: Buffer.from("/x/plugin"),
    deadline: BigInt(NOW_SECONDS + 600) * 1_000_000n,
    jobId: Buffer.from("the-id-of-this-job"),
  });
  const key = issued.jobs.find(({ queue }) => queue.equals(SERVICE));
  const sealer = new EnvelopeSealer({ bootId: Buffer.alloc(16, ++counter), nowMs: () => 0 });
  return sealer.seal(
    envelopeKey({ direction: "job", epoch: 1, secret: key?.secret ?? SERVICE }),
    SERVICE,
    text,
  );
}

/** Runs a job. @returns the boot id of the worker, as its result says */
async function runOf(world: WorkerWorld): Promise<Buffer> {
  const before = world.servers.a.submitted.length;
  world.servers.a.put("service", job());
  await settle();
  const result = world.servers.a.submitted[before];
  return readHeader(result?.data ?? SERVICE)?.bootId ?? SERVICE;
}

function notice(
  bootId: Buffer,
  { status = "REVOKED" as const, name = "web-1", queue = STATUS, from = issued }: Partial<Notice> = {},
): Buffer {
  const [own] = from.own;
  const id = identityId(Buffer.from(name));
  const key = envelopeKey({ direction: "enrol-answer", epoch: 1, id, secret: own?.secret ?? SERVICE });
  const text = printEnrolAnswer({ request: requestId({ bootId, counter: 1 }), status });
  return new EnvelopeSealer({ bootId: Buffer.alloc(16, 200), nowMs: () => 0 }).seal(key, queue, text);
}

interface Notice {
  readonly status: "REVOKED" | "OK";
  readonly name: string;
  readonly queue: Buffer;
  readonly from: typeof issued;
}

const isServed = ({ servers }: WorkerWorld): boolean => servers.a.workers("service") > 0;

test("a worker that the bridge tells so takes no more jobs; the log, the status and the health file say why", async () => {
  const world = await worker();
  world.servers.a.put("worker_w1", notice(await runOf(world)));
  await settle();
  await world.clock.advance(2000);
  expect(isServed(world)).toBe(false);
  expect(world.logger.lines.join("\n")).toContain("error: the bridge has revoked this worker, web-1");
  expect(world.healthTexts.at(-1)).toEqual(["/health", "revoked\n"]);
  world.servers.a.put("service", job());
  await world.clock.advance(60_000);
  expect([world.servers.a.waiting, world.exitCode]).toEqual([1, undefined]);
});

test("with a reload it tries again, with the keys that there are then", async () => {
  const world = await worker();
  world.servers.a.put("worker_w1", notice(await runOf(world)));
  await settle();
  await world.signal("SIGHUP");
  await world.clock.advance(2000);
  expect(isServed(world)).toBe(true);
  await runOf(world);
  expect(world.servers.a.submitted).toHaveLength(2);
});

describe("a message that nothing proves changes nothing", () => {
  const other = issueIdentity(
    { ...master, secret: Buffer.alloc(32, 2) },
    { kind: "worker", name: "web-1", queues: [] },
  );
  test.for<[string, (run: Buffer) => Buffer]>([
    ["of a former run, sent again", () => notice(Buffer.alloc(16, 3))],
    ["sealed under other keys", (run) => notice(run, { from: other })],
    ["sealed for another queue", (run) => notice(run, { queue: Buffer.from("worker_w2") })],
    ["for another identity", (run) => notice(run, { name: "web-2" })],
    ["that all is well", (run) => notice(run, { status: "OK" })],
    [
      "with a bit changed",
      (run) => {
        const message = notice(run);
        message[60] = (message[60] ?? 0) ^ 1;
        return message;
      },
    ],
  ])("%s", async ([, make]) => {
    const world = await worker();
    world.servers.a.put("worker_w1", make(await runOf(world)));
    await settle();
    await world.clock.advance(2000);
    expect(isServed(world)).toBe(true);
    expect(world.servers.a.completed.at(-1)?.data).toContain("w1 has"); // it was answered as any other question
  });
});

test("a worker that is drained by hand stays so, also if the bridge revokes it", async () => {
  const world = await worker();
  const run = await runOf(world);
  world.servers.a.holdsGrabs = true;
  await world.signal("SIGUSR2");
  world.servers.a.put("worker_w1", notice(run));
  await settle();
  await world.signal("SIGHUP");
  await world.clock.advance(2000);
  expect(isServed(world)).toBe(false);
});
