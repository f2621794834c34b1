import { execFile } from "node:child_process";
import { ClientConnection, type RunningJob, WorkerConnection } from "@mod-gearman/client";
import { createEnvelope } from "@mod-gearman/crypto";
import { parseJob, printWorkerResult } from "@mod-gearman/payload";
import { type TestContext, waitForEvent } from "@mod-gearman/testkit";

export interface TestWorkerOptions {
  readonly port: number;
  readonly queues: readonly string[];
  readonly key: string | undefined;
  readonly clientId: string;
  /** Added to the times in results. */
  readonly clockMicros?: bigint;
  /** True: it takes no jobs. */
  readonly isStopped?: boolean;
}

/** A worker that runs commands in a shell and sends results, independent of the program under test. */
export async function startTestWorker(context: TestContext, options: TestWorkerOptions): Promise<void> {
  const { port, queues, key, clientId, isStopped = false } = options;
  const server = { host: "127.0.0.1", port };
  const client = new ClientConnection({ servers: [server] });
  const worker = new WorkerConnection({
    server,
    functions: queues.map((queue) => Buffer.from(queue)),
    maxInFlight: isStopped ? 0 : 8,
    clientId: Buffer.from(clientId),
    onJob: (job) => void runJob(job, client, { ...options, password: key }),
  });
  context.onTestFinished(async () => {
    await Promise.all([worker.close(), client.close()]);
  });
  await waitForEvent(worker, isStopped ? "connect" : "asleep");
}

async function runJob(
  job: RunningJob,
  client: ClientConnection,
  { password, clockMicros = 0n }: TestWorkerOptions & { readonly password: string | undefined },
): Promise<void> {
  const envelope = createEnvelope({
    mode: password === undefined ? "off" : "on",
    password: password === undefined ? undefined : Buffer.from(password),
  });
  const now = () => BigInt(Date.now()) * 1000n + clockMicros;
  let parsed: ReturnType<typeof parseJob>;
  try {
    parsed = parseJob(envelope.open(job.data));
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
    output: Buffer.from(output, "latin1"),
  });
  const queue = parsed.resultQueue ?? Buffer.from("check_results");
  await client.submitBackground({ function: queue, unique: Buffer.alloc(0), data: envelope.seal(text) });
  job.complete();
}

function shell(command: string): Promise<string> {
  return new Promise((resolve) =>
    execFile("/bin/sh", ["-c", command], { encoding: "latin1" }, (_error, stdout) => resolve(stdout)),
  );
}
