import { systemClock } from "@mod-gearman/base";
import { AdminConnection, type AssignedJob, ClientConnection, WorkerConnection } from "@mod-gearman/client";
import { nodeFiles } from "@mod-gearman/config";
import { createEnvelope } from "@mod-gearman/crypto";
import { nullSink } from "@mod-gearman/observe";
import { printWorkerResult } from "@mod-gearman/payload";
import { loadModule } from "@mod-gearman/program";
import { duplexPair, type RunningGearmand, waitFor } from "@mod-gearman/testkit";
import { onTestFinished } from "vitest";
import { Bridge, type BridgeHooks } from "../src/bridge.ts";
import { FakeShim } from "./fake-shim.ts";

export const KEY = "bridge-test-key-bridge-test-key!";
export const envelope = createEnvelope({ mode: "on", password: Buffer.from(KEY) });

const testWorld = {
  clock: systemClock,
  nowMicros: () => BigInt(Date.now()) * 1000n,
  ownLog: nullSink,
  outputLog: nullSink,
  version: "0.0.0",
  pid: process.pid,
  hostName: "monhost",
  files: nodeFiles,
  isAlive: (pid: number) => pid === 4711,
  serveMetrics: () => Promise.reject(new Error("not here")),
  serveAdmin: () => Promise.reject(new Error("not here")),
};
const testHooks = {
  load: (args: string) => loadModule(args, "/", nodeFiles),
  onCoreShutdown: () => {},
  onUpgrade: () => false,
};

type BridgeWorld = ConstructorParameters<typeof Bridge>[0];

/** A bridge that is closed with the test. @param over what is different */
export function newBridge(over: Partial<BridgeHooks> = {}, world: Partial<BridgeWorld> = {}): Bridge {
  const bridge = new Bridge({ ...testWorld, ...world }, { ...testHooks, ...over });
  onTestFinished(() => bridge.close());
  return bridge;
}

export function connect(bridge: Bridge): FakeShim {
  const [ours, theirs] = duplexPair();
  bridge.accept(ours);
  return new FakeShim(theirs);
}

export const moduleArgs = (gearmand: RunningGearmand, more = ""): Buffer =>
  Buffer.from(`server=127.0.0.1:${gearmand.port} key=${KEY} log_stats_interval=0${more}`);

export const ready = (shim: FakeShim): Promise<unknown> =>
  waitFor("STATE ready", () => shim.last("STATE")?.ready === 1 && shim.last("SETTINGS") !== undefined);

/** A worker that grabs jobs, which the test completes. */
export function takeJobs(port: number, queue: string, maxInFlight = 100): AssignedJob[] {
  const jobs: AssignedJob[] = [];
  const worker = new WorkerConnection({
    server: { host: "127.0.0.1", port },
    functions: [Buffer.from(queue)],
    maxInFlight,
    onJob: (job) => jobs.push(job),
  });
  onTestFinished(() => worker.close());
  return jobs;
}

export function sendTo(port: number): ClientConnection {
  const client = new ClientConnection({ servers: [{ host: "127.0.0.1", port }] });
  onTestFinished(() => client.close());
  return client;
}

export const check = (seq: bigint) =>
  ({
    name: "SERVICE_CHECK",
    seq,
    host_name: Buffer.from("web01"),
    service_description: Buffer.from(`svc-${seq}`),
    queue: Buffer.from("service"),
    command_line: Buffer.from("/bin/true"),
    core_time: 1_795_246_679_000_000n,
    timeout: 10,
    check_options: 0,
  }) as const;

export async function adminStatus(port: number): Promise<string> {
  const [table] = await AdminConnection.query({ host: "127.0.0.1", port }, ["status"], { timeoutMs: 5000 });
  return table?.kind === "table" ? table.lines.map((line) => line.toString("latin1")).join("\n") : "";
}

export const resultFor = (service: string, type: "active" | "passive" = "active"): Buffer =>
  envelope.seal(
    printWorkerResult({
      type,
      hostName: Buffer.from("web01"),
      serviceDescription: Buffer.from(service),
      startTime: BigInt(Date.now()) * 1000n,
      finishTime: BigInt(Date.now()) * 1000n,
      returnCode: 1,
      source: Buffer.from("test"),
      output: Buffer.from("from the worker"),
    }),
  );
