import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { ClientConnection, type RunningJob, WorkerConnection } from "@mod-gearman/client";
import {
  createEnvelope,
  EnvelopeOpener,
  EnvelopeSealer,
  type issueIdentity,
  OwnKeys,
} from "@mod-gearman/crypto";
import { parseJob, printWorkerResult } from "@mod-gearman/payload";
import { type TestContext, waitForEvent } from "@mod-gearman/testkit";

/** Of a worker's own file, version 2. */
export type WorkerKeys = ReturnType<typeof issueIdentity>;

export interface TestWorkerOptions {
  readonly port: number;
  readonly queues: readonly string[];
  readonly key: string | undefined;
  /** Keys of version 2: then it takes sealed jobs only. */
  readonly identity?: WorkerKeys | undefined;
  readonly clientId: string;
  /** Added to the times in results. */
  readonly clockMicros?: bigint;
  /** True: it takes no jobs. */
  readonly isStopped?: boolean;
}

interface Sealing {
  open(job: RunningJob): Buffer;
  seal(text: Buffer, resultQueue: Buffer): Buffer;
}

/** A worker that runs commands in a shell and sends results, independent of the program under test. */
export async function startTestWorker(context: TestContext, options: TestWorkerOptions): Promise<void> {
  const { port, queues, clientId, isStopped = false } = options;
  const sealing = options.identity === undefined ? legacySealing(options) : sealedSealing(options.identity);
  const server = { host: "127.0.0.1", port };
  const client = new ClientConnection({ servers: [server] });
  const worker = new WorkerConnection({
    server,
    functions: queues.map((queue) => Buffer.from(queue)),
    maxInFlight: isStopped ? 0 : 8,
    clientId: Buffer.from(clientId),
    onJob: (job) => void runJob(job, client, sealing, options),
  });
  context.onTestFinished(async () => {
    await Promise.all([worker.close(), client.close()]);
  });
  await waitForEvent(worker, isStopped ? "connect" : "asleep");
}

function legacySealing({ key }: TestWorkerOptions): Sealing {
  const envelope = createEnvelope({
    mode: key === undefined ? "off" : "on",
    password: key === undefined ? undefined : Buffer.from(key),
  });
  return { open: ({ data }) => envelope.open(data), seal: (text) => envelope.seal(text) };
}

function sealedSealing(identity: WorkerKeys): Sealing {
  const keys = new OwnKeys(identity);
  const opener = new EnvelopeOpener({ direction: "job", keys, maxTextBytes: 1_000_000 });
  const sealer = new EnvelopeSealer({ bootId: randomBytes(16), nowMs: () => Date.now() });
  return {
    open: (job) => {
      const opened = opener.open(job.data, job.function);
      if ("refused" in opened) throw new Error(opened.refused);
      return opened.text;
    },
    seal: (text, resultQueue) => sealer.seal(keys.own, resultQueue, text),
  };
}

async function runJob(
  job: RunningJob,
  client: ClientConnection,
  sealing: Sealing,
  { clockMicros = 0n }: TestWorkerOptions,
): Promise<void> {
  const now = () => BigInt(Date.now()) * 1000n + clockMicros;
  let parsed: ReturnType<typeof parseJob>;
  try {
    parsed = parseJob(sealing.open(job));
    if (parsed.deadline !== undefined && now() > parsed.deadline) throw new Error("OUT_OF_TIME");
  } catch {
    job.fail();
    return;
  }
  const startTime = now();
  const output = await shell(parsed.commandLine.toString("latin1"));
  const text = printWorkerResult({
    type: "active",
    hostName: parsed.hostName ?? Buffer.alloc(0),
    serviceDescription: parsed.serviceDescription,
    startTime,
    finishTime: now(),
    returnCode: 0,
    source: Buffer.from("Mod-Gearman Worker @ test"),
    jobId: parsed.jobId,
    output: Buffer.from(output, "latin1"),
  });
  const queue = parsed.resultQueue ?? Buffer.from("check_results");
  await client.submitBackground({
    function: queue,
    unique: Buffer.alloc(0),
    data: sealing.seal(text, queue),
  });
  job.complete();
}

function shell(command: string): Promise<string> {
  return new Promise((resolve) =>
    execFile("/bin/sh", ["-c", command], { encoding: "latin1" }, (_error, stdout) => resolve(stdout)),
  );
}
