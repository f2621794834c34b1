import { randomBytes } from "node:crypto";
import type { PageQuestion } from "@mod-gearman/admin-http";
import { systemClock } from "@mod-gearman/base";
import { dialTcp } from "@mod-gearman/client";
import { createEnvelope } from "@mod-gearman/crypto";
import { parseJob, printWorkerResult } from "@mod-gearman/payload";
import { createJobServer } from "@mod-gearman/server";
import { JobPeer } from "@mod-gearman/testkit";
import { expect, type TestContext } from "vitest";
import { program } from "../src/program.ts";

export const KEY = "a key of some length";
export const envelope = createEnvelope({ mode: "on", password: Buffer.from(KEY) });

/** A bridge that says commands to holders of a key. */
export type Bridge = (url: string, question: PageQuestion) => Promise<{ status: number; bytes: Buffer }>;

export const noBridge: Bridge = () => Promise.reject(new Error("connect ECONNREFUSED"));

export const call = (...argv: string[]) => callWith({}, ...argv);

export interface Over {
  readonly ask?: Bridge;
  readonly stopped?: Promise<number>;
  readonly random?: () => string;
  /** Of any file. */
  readonly content?: Buffer;
  /** Of some files, by path. */
  readonly contents?: Readonly<Record<string, Buffer>>;
}

export async function callWith(
  { content = Buffer.alloc(0), contents = {}, ...over }: Over,
  ...argv: string[]
) {
  let [stdout, stderr] = ["", ""];
  const exitCode = await program({
    argv,
    files: {
      readFile: (path) => contents[path] ?? content,
      readDir: () => [],
      isDirectory: () => false,
      env: {},
    },
    version: "1.2.3",
    runtime: "node v24",
    dial: dialTcp(),
    clock: systemClock,
    nowMicros: () => 1_700_000_000_000_000n,
    random: () => crypto.randomUUID(),
    hostName: "here",
    randomBytes,
    ask: noBridge,
    isFile: () => false,
    siteFolder: undefined,
    stopped: new Promise<number>(() => undefined),
    ...over,
    stdout: (text) => {
      stdout += text.toString();
    },
    stderr: (text) => {
      stderr += text;
    },
  });
  return { exitCode, stdout, stderr };
}

/** A job server, and a worker of some queues that answers with `returnCode` and the command as output. */
export async function site(context: TestContext, returnCode = 0, key = KEY) {
  const server = createJobServer({ handlePrefix: "T", listen: "127.0.0.1", port: 0 });
  context.onTestFinished(() => server.close());
  const { port } = await server.listen();
  const worker = await JobPeer.connect(port);
  context.onTestFinished(() => worker.close());
  const own = createEnvelope({ mode: "on", password: Buffer.from(key) });
  const jobs: string[] = [];
  worker.take(["service", "host", "hostgroup_b", "sticky_w1"], (workload, queue) => {
    const text = own.open(workload);
    jobs.push(`${queue} ${text.toString("latin1")}`);
    const job = parseJob(text);
    const result = printWorkerResult({
      type: "active",
      hostName: job.hostName ?? Buffer.alloc(0),
      serviceDescription: job.serviceDescription,
      coreStartTime: 1_700_000_000_000_000n,
      startTime: 1_700_000_000_000_000n,
      finishTime: 1_700_000_001_000_000n,
      returnCode,
      source: Buffer.from("worker w1"),
      output: Buffer.from(`ran ${job.commandLine} \x1b[2J\\nsecond line`),
    });
    void worker.submit((job.resultQueue ?? "").toString("latin1"), own.seal(result), "r");
  });
  await expect.poll(() => server.stats().functions).toBe(4);
  const at = ["-H", `127.0.0.1:${port}`];
  const tool = (...argv: string[]) => call(...at, ...argv);
  const toolWith = (over: Parameters<typeof callWith>[0], ...argv: string[]) =>
    callWith(over, ...at, ...argv);
  return { server, port, jobs, tool, toolWith };
}
