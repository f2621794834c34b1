import { systemClock } from "@mod-gearman/base";
import { dialTcp } from "@mod-gearman/client";
import { createEnvelope } from "@mod-gearman/crypto";
import { parseJob, printWorkerResult } from "@mod-gearman/payload";
import { createJobServer } from "@mod-gearman/server";
import { JobPeer } from "@mod-gearman/testkit";
import { expect, type TestContext, test } from "vitest";
import { program } from "../src/program.ts";

const KEY = "a key of some length";
const envelope = createEnvelope({ mode: "on", password: Buffer.from(KEY) });

async function call(...argv: string[]) {
  let [stdout, stderr] = ["", ""];
  const exitCode = await program({
    argv,
    files: { readFile: () => Buffer.alloc(0), readDir: () => [], isDirectory: () => false, env: {} },
    version: "1.2.3",
    runtime: "node v24",
    dial: dialTcp(),
    clock: systemClock,
    nowMicros: () => 1_700_000_000_000_000n,
    random: () => crypto.randomUUID(),
    hostName: "here",
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
async function site(context: TestContext, returnCode = 0, key = KEY) {
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
  const tool = (...argv: string[]) => call("-H", `127.0.0.1:${port}`, ...argv);
  return { server, port, jobs, tool };
}

test.for([0, 1, 2, 3])(
  "state %i of the check is the exit code, its output is printed",
  async (state, context) => {
    const { tool, jobs, server } = await site(context, state);
    const { exitCode, stdout, stderr } = await tool("web1", "disk", "-c", "/bin/check -w 1", `--key=${KEY}`);
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: state,
      stdout: "ran /bin/check -w 1 ?[2J\nsecond line\n",
      stderr: "",
    });
    expect(jobs).toHaveLength(1);
    expect(jobs[0]).toMatch(
      /^service type=service\nresult_queue=mod_gearman_run_here_[0-9a-f]{3}\ntarget_queue=service\n/,
    );
    expect(jobs[0]).toContain("host_name=web1\nservice_description=disk\n");
    expect([...server.metrics.queues()].map(({ name }) => name)).not.toContain("check_results");
    await expect.poll(() => server.stats().functions).toBe(4); // its own queue is gone
  },
);

test("the queue: of a host, of a group, of one worker", async (context) => {
  const { tool, jobs } = await site(context);
  await tool("web1", "-c", "x", `--key=${KEY}`);
  await tool("-c", "x", "-q", "hostgroup_b", `--key=${KEY}`);
  await tool("-c", "x", "--worker=w1", `--key=${KEY}`);
  expect(jobs.map((job) => job.split("\n")[0])).toEqual([
    "host type=host",
    "hostgroup_b type=service",
    "sticky_w1 type=service",
  ]);
});

test("--apply: the core's queue gets what the worker sent", async (context) => {
  const { tool, server, port } = await site(context, 1);
  const results: string[] = [];
  const core = await JobPeer.connect(port);
  context.onTestFinished(() => core.close());
  core.take(["check_results"], (workload) => results.push(envelope.open(workload).toString("latin1")));
  expect((await tool("web1", "disk", "-c", "x", "--apply", `--key=${KEY}`)).exitCode).toBe(1);
  await expect.poll(() => results.length).toBe(1);
  expect(results[0]).toContain("host_name=web1\n");
  expect(results[0]).toContain("service_description=disk\n");
  expect(server.stats().jobs).toBe(0);
});

test("JSON, and the worker with -v", async (context) => {
  const { tool } = await site(context, 7);
  const { exitCode, stdout, stderr } = await tool("-c", "x", "--json", "-v", `--key=${KEY}`);
  expect(exitCode).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({
    state: 3,
    returnCode: 7,
    worker: "worker w1",
    isApplied: false,
  });
  expect(stderr).toMatch(/^worker w1, \d+\.\d{3} s\n$/);
});

test("no result: no worker, another key, a server that is away", async (context) => {
  const { tool } = await site(context, 0);
  expect(await tool("-c", "x", "-q", "nothing")).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining("no worker takes jobs of queue nothing\n"),
  });
  expect(await call("-H", "127.0.0.1:1", "-c", "x")).toMatchObject({
    exitCode: 3,
    stderr: "mod_gearman_run: 127.0.0.1:1: Connection refused\n",
  });
});

test("a worker that is there and takes no job", async (context) => {
  const server = createJobServer({ listen: "127.0.0.1", port: 0 });
  context.onTestFinished(() => server.close());
  const { port } = await server.listen();
  const { connect } = await import("node:net");
  const socket = connect(port, "127.0.0.1");
  context.onTestFinished(() => void socket.destroy());
  socket.write(Buffer.from("\0REQ\0\0\0\x01\0\0\0\x07service", "latin1"));
  await expect.poll(() => server.stats().functions).toBe(1);
  expect(await call("-H", `127.0.0.1:${port}`, "-c", "x", "-t", "1")).toMatchObject({
    exitCode: 3,
    stderr: "mod_gearman_run: no worker took the check in time\n",
  });
});

test.for([
  [[], "Error - the command line of the check is needed (-c)"],
  [["a", "b", "c", "-c", "x"], "Error - more words than HOST and SERVICE"],
  [["-c", "x", "--apply"], "Error - --apply needs the name of the host"],
  [
    ["h", "-c", "x", "--apply", "--envelope_master_file=m"],
    "Error - --apply is not possible with sealed results",
  ],
  [["-c", "x", "--envelope_master_file=m"], "Error - m, line 1: another type of file"],
  [["-c", "x", "-q", "a", "--worker=b"], "Error - either --queue or --worker"],
  [["-c", "x", "--encryption=yes"], "Error - no encryption key provided"],
] as const)("%j is refused, exit code 3", async ([argv, text]) => {
  const { exitCode, stderr, stdout } = await call(...argv);
  expect([exitCode, stdout, stderr.slice(0, text.length)]).toEqual([3, "", text]);
});
