import { randomBytes } from "node:crypto";
import type { AddressInfo } from "node:net";
import { WorkerConnection } from "@mod-gearman/client";
import {
  EnvelopeOpener,
  EnvelopeSealer,
  type JobForm,
  parseBridgeQuestion,
  printBridgeAnswer,
  printMasterFile,
  QUESTION_QUEUE,
  type QuestionKeys,
  questionKeys,
  requestId,
} from "@mod-gearman/crypto";
import { createJobServer } from "@mod-gearman/server";
import { JobPeer } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { type Bridge, call, callWith, envelope, KEY, noBridge, site } from "./run-stage.ts";

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
      /^service type=service\nresult_queue=mod_gearman_run_here_[0-9a-f]{6}\ntarget_queue=service\n/,
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
  [[], "Error - the command line of the check is needed (-c), or the name of a host"],
  [["web1"], "Error - the bridge says the command of a check to holders of the key only"],
  [["web1\nx", "-c", "x"], "Error - a name has a line feed"],
  [["", "-c", "x"], "Error - a name is empty"],
  [["a", "b", "c", "-c", "x"], "Error - more words than HOST and SERVICE"],
  [["-c", "x", "--apply"], "Error - --apply needs the name of the host"],
  [["h", "-c", "x", "--apply", "--envelope_master_file=m"], "Error - --apply needs the identity of a sender"],
  [["-c", "x", "--envelope_master_file=m"], "Error - m, line 1: another type of file"],
  [["-c", "x", "-q", "a", "--worker=b"], "Error - either --queue or --worker"],
  [["-c", "x", "--encryption=yes"], "Error - no encryption key provided"],
] as const)("%j is refused, exit code 3", async ([argv, text]) => {
  const { exitCode, stderr, stdout } = await call(...argv);
  expect([exitCode, stdout, stderr.slice(0, text.length)]).toEqual([3, "", text]);
});

interface AnswerOf {
  readonly keys?: QuestionKeys;
  /** Said to who asks for it; undefined: a bridge of an earlier version. */
  readonly form?: JobForm;
  /** Of another question. */
  readonly request?: string;
}

/** Knows the command of web1 disk once it was asked `after` times. */
function bridge(
  after = 0,
  { keys = questionKeys({ password: Buffer.from(KEY) }), form, request }: AnswerOf = {},
) {
  const sealer = new EnvelopeSealer({ bootId: randomBytes(16), nowMs: () => 0 });
  const opener = new EnvelopeOpener({
    direction: "question",
    keys: { find: () => keys.question },
    maxTextBytes: 500,
  });
  const urls: string[] = [];
  const ask: Bridge = (url, { body, timeoutMs }) => {
    expect(timeoutMs).toSatisfy(Number.isInteger); // timers of Node.js take no others here
    urls.push(url);
    const opened = opener.open(Buffer.from(body ?? ""), QUESTION_QUEUE);
    if (!("text" in opened)) return Promise.resolve({ status: 403, bytes: Buffer.alloc(0) });
    const asked = parseBridgeQuestion(opened.text);
    const isKnown = asked?.hostName.toString() === "web1" && asked.serviceDescription?.toString() === "disk";
    const job = {
      queue: Buffer.from("hostgroup_b"),
      timeoutSeconds: 30,
      commandLine: Buffer.from("/bin/disk -w 1"),
      ...(form !== undefined && url.endsWith("?form") ? { form } : {}),
    };
    const answer = {
      request: request ?? requestId(opened.header),
      ...(isKnown && urls.length > after ? { job } : {}),
    };
    const bytes = sealer.seal(keys.answer, QUESTION_QUEUE, printBridgeAnswer(answer));
    return Promise.resolve({ status: 200, bytes });
  };
  return { urls, ask };
}

const OBJECT = ["web1", "disk", `--key=${KEY}`, "-b", "9419"];

test("without -c: the command and queue of the last job at the bridge, with the time that the core gives it", async (context) => {
  const { toolWith, jobs } = await site(context, 2);
  const { ask, urls } = bridge();
  expect(await toolWith({ ask }, ...OBJECT)).toEqual({
    ...{ exitCode: 2, stdout: "ran /bin/disk -w 1 ?[2J\nsecond line\n", stderr: "" },
  });
  expect(urls).toEqual(["http://127.0.0.1:9419/api/question?form"]);
  expect(jobs[0]).toMatch(/^hostgroup_b type=service\n/);
  expect(jobs[0]).toContain("host_name=web1\nservice_description=disk\n");
  expect(jobs[0]).toContain("timeout=30\ncommand_line=/bin/disk -w 1\n");
  await toolWith({ ask }, ...OBJECT, "-q", "service", "-t", "5");
  expect(jobs[1]).toMatch(/^service type=service\n/);
  expect(jobs[1]).toMatch(/\ntimeout=[23]\n/);
});

const MASTER = { secret: Buffer.alloc(32, 4), epochs: [1] };
const ofMaster = questionKeys({ master: MASTER.secret });
const withMaster = { content: printMasterFile(MASTER) };
const SEALED = ["web1", "disk", "--envelope_master_file=m", "-b", "9419"];

test("a queue in the legacy form of a site with a master secret: the bridge says so, also for --apply", async (context) => {
  const { toolWith, jobs, port } = await site(context, 1);
  const { ask } = bridge(0, { keys: ofMaster, form: "legacy" });
  const results: string[] = [];
  const core = await JobPeer.connect(port);
  context.onTestFinished(() => core.close());
  core.take(["check_results"], (workload) => results.push(envelope.open(workload).toString("latin1")));
  const done = await toolWith({ ask, ...withMaster }, ...SEALED, `--key=${KEY}`, "--apply");
  expect(done).toMatchObject({ exitCode: 1, stderr: "" });
  expect(jobs[0]).toMatch(/^hostgroup_b type=service\n/);
  await expect.poll(() => results.length).toBe(1);
});

test.for<[string, JobForm | undefined, string[], string]>([
  [
    "without the password",
    "legacy",
    [],
    "jobs of queue hostgroup_b are in the legacy form, encrypted with the pass",
  ],
  [
    "applied",
    "v2",
    ["--apply"],
    "jobs of queue hostgroup_b are sealed: --apply needs the identity of a sender",
  ],
  ["sealed", "v2", [], "the worker could not read the job: it has no key"],
  [
    "of an earlier bridge, by the keys given here",
    undefined,
    [],
    "the worker could not read the job: it has no key",
  ],
  ["in clear text", "clear", [], "the worker could not read the job: its key"],
])("a job %s", async ([, form, more, text], context) => {
  const server = createJobServer({ listen: "127.0.0.1", port: 0 });
  context.onTestFinished(() => server.close());
  const { port } = await server.listen();
  const worker = new WorkerConnection({
    ...{ server: { host: "127.0.0.1", port }, functions: [Buffer.from("hostgroup_b")] },
    maxInFlight: 1,
    onJob: (job) => job.fail(), // as a worker that cannot read it
  });
  context.onTestFinished(() => worker.close());
  await expect.poll(() => server.stats().functions).toBe(1);
  const { ask } = bridge(0, { keys: ofMaster, ...(form === undefined ? {} : { form }) });
  const argv = ["-H", `127.0.0.1:${port}`, ...SEALED, ...more];
  const { exitCode, stderr } = await callWith({ ask, ...withMaster }, ...argv);
  expect([exitCode, stderr.slice(0, text.length + 17)]).toEqual([3, `mod_gearman_run: ${text}`]);
});

test("a result that waits for a former program with the same name is not taken", async (context) => {
  const { toolWith, port } = await site(context, 2);
  const former = await JobPeer.connect(port);
  context.onTestFinished(() => former.close());
  const stale = "host_name=web1\nservice_description=disk\nreturn_code=0\noutput=stale\n";
  await former.submit("mod_gearman_run_here_abcdef", envelope.seal(Buffer.from(stale)), "r");
  const random = () => "abcdef0123456789";
  const { exitCode, stdout } = await toolWith({ random }, "web1", "disk", "-c", "x", `--key=${KEY}`);
  expect([exitCode, stdout.split(" ")[0]]).toEqual([2, "ran"]);
});

test("a signal ends it while no job server answers", async (context) => {
  const { createServer } = await import("node:net");
  const stopped = Promise.withResolvers<number>();
  const silent = createServer((socket) => {
    context.onTestFinished(() => void socket.destroy());
    stopped.resolve(143);
  });
  context.onTestFinished(() => void silent.close());
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const { port } = silent.address() as AddressInfo;
  const called = callWith({ stopped: stopped.promise }, "-H", `127.0.0.1:${port}`, "-c", "x", "-t", "9");
  expect(await called).toEqual({ exitCode: 143, stdout: "", stderr: "" });
});

test("a command that the bridge does not have yet is waited for", async (context) => {
  const { toolWith } = await site(context);
  const { ask, urls } = bridge(1);
  expect(await toolWith({ ask }, ...OBJECT)).toMatchObject({
    exitCode: 0,
    stderr: "mod_gearman_run: the bridge has no command of this check yet: waiting for its next job\n",
  });
  expect(urls).toHaveLength(2);
});

test.for<[string, Bridge, string, number?]>([
  ["an unknown object", bridge(9).ask, "the bridge has had no job of this check in that time", 1],
  [
    "no bridge",
    noBridge,
    "the bridge at http://127.0.0.1:9419/api/question?form cannot be asked: connect ECONN",
  ],
  [
    "a bridge with another key",
    bridge(0, { keys: questionKeys({ password: Buffer.from("another key of a site") }) }).ask,
    "the bridge has another key",
  ],
  [
    "an older bridge",
    () => Promise.resolve({ status: 404, bytes: Buffer.alloc(0) }),
    "this bridge answers no q",
  ],
  [
    "another status",
    () => Promise.resolve({ status: 500, bytes: Buffer.alloc(0) }),
    "the bridge answers with status 500",
  ],
  [
    "rubbish",
    () => Promise.resolve({ status: 200, bytes: Buffer.alloc(90) }),
    "the answer of the bridge is not sealed",
  ],
  [
    "an answer to another question",
    bridge(0, { request: `${"00".repeat(16)} 1` }).ask,
    "the answer of the bridge is not",
  ],
])("%s", async ([, ask, text, seconds = 60], context) => {
  const { toolWith } = await site(context);
  const { exitCode, stdout, stderr } = await toolWith({ ask }, ...OBJECT, "-t", String(seconds));
  expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: "" });
  expect(stderr).toContain(`mod_gearman_run: ${text}`);
});

test("a signal ends it: the result queue is removed, no job is left", async (context) => {
  const server = createJobServer({ listen: "127.0.0.1", port: 0 });
  context.onTestFinished(() => server.close());
  const { port } = await server.listen();
  const worker = await JobPeer.connect(port);
  context.onTestFinished(() => worker.close());
  const stopped = Promise.withResolvers<number>();
  worker.take(["slow"], () => stopped.resolve(130));
  await expect.poll(() => server.stats().functions).toBe(1);
  const over = { stopped: stopped.promise };
  const called = callWith(over, "-H", `127.0.0.1:${port}`, "-q", "slow", "-c", "x");
  expect(await called).toEqual({ exitCode: 130, stdout: "", stderr: "" });
  await expect.poll(() => server.stats().functions).toBe(1);
});
