import { stripVTControlCharacters } from "node:util";
import { createEnvelope, EnvelopeSealer, envelopeKey, jobSecret, printMasterFile } from "@mod-gearman/crypto";
import { JobPeer, ManualClock } from "@mod-gearman/testkit";
import { describe, expect, type TestContext, test } from "vitest";
import { call, ourServer } from "./tool.ts";

const KEY = "a key of some length";
const JOB = "type=service\nhost_name=web1\nservice_description=ping\ncommand_line=/bin/true \x1b[2J\n\n\n";
const legacy = createEnvelope({ mode: "on", password: Buffer.from(KEY) });

async function site(context: TestContext, names: readonly string[] = ["service"]) {
  const { server, address } = await ourServer(context, { clock: new ManualClock() });
  const peer = await JobPeer.connect(server.address()?.port ?? 0);
  context.onTestFinished(() => peer.close());
  for (const [at, name] of names.entries())
    await peer.submit(name, legacy.seal(Buffer.from(JOB)), `key${at}`);
  const tool = (...argv: string[]) => call(["-H", address, ...argv]);
  return { server, address, peer, tool };
}

describe("list", () => {
  test("a table, also without a command", async (context) => {
    const { tool, peer, server } = await site(context, ["service", "gr\u00f6\u00dfe \x1b"]);
    peer.take(["check_results"], () => undefined);
    await expect.poll(() => server.stats().functions).toBe(3);
    server.control.pauseQueue("service", "test");
    const wanted = [
      "QUEUE          STATE   WAITING  RUNNING  WORKERS  OLDEST  BYTES",
      "check_results  -             0        0        1       -      0",
      "gr\u00f6\u00dfe ?        -             1        0        0      0s    128",
      "service        paused        1        0        0      0s    128",
      "",
    ].join("\n");
    expect(await tool()).toMatchObject({ exitCode: 0, stdout: wanted, stderr: "" });
    expect((await tool("list")).stdout).toBe(wanted);
  });

  test("width and colours follow the terminal", async (context) => {
    const { address, server } = await site(context, ["a_very_long_name_of_a_queue_that_does_not_fit"]);
    server.control.pauseQueue("a_very_long_name_of_a_queue_that_does_not_fit", "test");
    const narrow = await call(["-H", address], { columns: 60, hasColours: true });
    const lines = narrow.stdout.split("\n");
    expect(lines[1]).toContain("a_very_lo\u2026  \x1b[33mpaused\x1b[0m");
    expect(lines[1]).toContain(" \x1b[31m0\x1b[0m ");
    for (const line of lines) expect(stripVTControlCharacters(line).length).toBeLessThanOrEqual(60);
  });

  test("JSON, with a server that cannot be reached", async (context) => {
    const { address } = await site(context);
    const { exitCode, stdout, stderr } = await call(["-H", address, "-H", "127.0.0.1:1", "list", "--json"]);
    expect(exitCode).toBe(1);
    expect(stderr).toBe("mod_gearman_queue: 127.0.0.1:1: cannot be reached: Connection refused\n");
    expect(JSON.parse(stdout)).toMatchObject({
      servers: [
        {
          server: address,
          kind: "mod-gearman",
          queues: [{ queue: "service", state: "-", waiting: 1, workers: 0 }],
        },
        { server: "127.0.0.1:1", error: "cannot be reached: Connection refused" },
      ],
    });
  });
});

describe("peek", () => {
  test("without a key: names, no text; with the key: the text, safe for a terminal", async (context) => {
    const { tool } = await site(context);
    expect(await tool("peek", "service")).toMatchObject({
      exitCode: 0,
      stdout: "T:1  waiting, 0s, 128 bytes  key0\n",
    });
    const { stdout } = await tool("peek", "service", `--key=${KEY}`);
    expect(stdout).toBe(
      [
        "T:1  waiting, 0s, 128 bytes  key0",
        "    type=service",
        "    host_name=web1",
        "    service_description=ping",
        "    command_line=/bin/true ?[2J",
        "",
      ].join("\n"),
    );
    expect((await tool("peek", "service", "--key=another key")).stdout).toContain(
      "(another key, or no job of mod_gearman)",
    );
    const json = await tool("peek", "service", `--key=${KEY}`, "--json");
    expect(JSON.parse(json.stdout)).toMatchObject({
      jobs: [{ handle: "T:1", unique: "key0", state: "waiting", text: JOB }],
    });
  });

  test("jobs that are not encrypted, with --encryption=no only", async (context) => {
    const { tool, peer } = await site(context, []);
    await peer.submit("q", createEnvelope({ mode: "off" }).seal(Buffer.from(JOB)), "u");
    expect((await tool("peek", "q")).stdout).not.toContain("web1");
    expect((await tool("peek", "q", "--encryption=no")).stdout).toContain("    host_name=web1\n");
  });

  test("version 2, with the file of its keys, for its queue only", async (context) => {
    const { address, peer, tool } = await site(context, []);
    const secret = Buffer.alloc(32, 7);
    const key = envelopeKey({
      direction: "job",
      epoch: 3,
      secret: jobSecret(secret, Buffer.from("service"), 3),
    });
    const sealer = new EnvelopeSealer({ bootId: Buffer.alloc(16, 1), nowMs: () => 1_000_000 });
    const sealed = sealer.seal(key, Buffer.from("service"), Buffer.from(JOB));
    await peer.submit("service", sealed, "u");
    await peer.submit("other", sealed, "u");
    const files = { "/master": printMasterFile({ secret, epochs: [3] }) };
    const peek = (queue: string) =>
      call(["-H", address, "peek", queue, "--envelope_keys=/master"], { files });
    expect((await peek("service")).stdout).toContain("    host_name=web1\n");
    expect((await peek("other")).stdout).toContain("    (");
    expect((await peek("other")).stdout).not.toContain("web1");
    expect((await tool("peek", "service", `--key=${KEY}`)).stdout).toContain(
      "(sealed in version 2; needs --envelope_keys)",
    );
  });

  test("a queue that does not exist", async (context) => {
    const { tool, address } = await site(context);
    expect(await tool("peek", "nothing")).toMatchObject({
      exitCode: 1,
      stderr: `mod_gearman_queue: ${address}: there is no such queue\n`,
    });
  });
});

describe("changes", () => {
  test("pause and resume", async (context) => {
    const { tool, server, address } = await site(context, ["a", "b"]);
    expect(await tool("pause", "a", "b", "c")).toMatchObject({
      exitCode: 1,
      stdout: `${address}: a is paused\n${address}: b is paused\n`,
      stderr: `mod_gearman_queue: ${address}: c: there is no such queue\n`,
    });
    expect([...server.metrics.queues()].map((one) => one.isPaused)).toEqual([true, true]);
    expect(await tool("resume", "a")).toMatchObject({ exitCode: 0, stdout: `${address}: a is not paused\n` });
    expect([...server.metrics.queues()].map((one) => one.isPaused)).toEqual([false, true]);
  });

  test("purge asks on a terminal, and needs --yes elsewhere", async (context) => {
    const { tool, server, address } = await site(context, ["a", "a"]);
    expect(await tool("purge", "a")).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("--yes is needed where nobody can be asked"),
    });
    const no = await call(["-H", address, "purge", "a"], { answer: false });
    expect(no).toMatchObject({ exitCode: 1, questions: [`Drop 2 waiting jobs of a at ${address}? [y/N] `] });
    expect(server.stats().jobs).toBe(2);
    const yes = await call(["-H", address, "purge", "a"], { answer: true });
    expect(yes).toMatchObject({ exitCode: 0, stdout: `${address}: 2 jobs of a dropped\n` });
    expect(await tool("purge", "a", "-y")).toMatchObject({
      stdout: `${address}: 0 jobs of a dropped\n`,
      questions: [],
    });
  });

  test("cancel by handle and by key", async (context) => {
    const { tool, server, address } = await site(context, ["a", "b", "c"]);
    expect(await tool("cancel", "T:1", "T:9", "-y")).toMatchObject({
      exitCode: 1,
      stdout: `${address}: T:1 cancelled: 1 waiting\n`,
      stderr: `mod_gearman_queue: ${address}: T:9: there is no such job\n`,
    });
    expect(await tool("cancel", "--unique=key1", "c", "-y")).toMatchObject({ exitCode: 1 });
    expect(await tool("cancel", "--unique=key1", "-y")).toMatchObject({ exitCode: 0 });
    expect(server.stats().jobs).toBe(1);
  });

  test("move", async (context) => {
    const { tool, server, address } = await site(context, ["a", "a", "b"]);
    expect(await tool("move", "a", "b", "-n", "1")).toMatchObject({
      exitCode: 0,
      stdout: `${address}: 1 jobs of a moved to b\n`,
    });
    expect([...server.metrics.queues()].map((one) => one.waiting)).toEqual([1, 2]);
    expect(await tool("move", "a", "c")).toMatchObject({
      exitCode: 1,
      stderr: `mod_gearman_queue: ${address}: a to c: there is no such queue\n`,
    });
  });
});

test.for([
  [["frobnicate"], "Error - 'frobnicate' is not a command: list, pause, resume, peek, purge, cancel, move"],
  [["pause"], "Error - pause: needs the name of a queue"],
  [["peek", "a", "b"], "Error - peek: needs the name of one queue"],
  [["move", "a"], "Error - move: needs the names of two queues"],
  [["cancel"], "Error - cancel: needs handles of jobs, or --unique=KEY and at most one queue"],
  [["list", "a"], "Error - list: takes no name"],
  [["purge", "a", "--unique=x"], "Error - --unique is for cancel"],
  [["--key", "hunter2", "hunter3"], "Error - (hidden) is not a command"],
  [["-z"], "Error - No such option: `z'"],
] as const)("%j is refused, exit code 3", async ([argv, text]) => {
  const { exitCode, stderr, stdout } = await call(argv);
  expect([exitCode, stdout]).toEqual([3, ""]);
  expect(stderr.slice(0, text.length)).toBe(text);
  expect(stderr).toContain("Usage: mod_gearman_queue ");
});

test("help, version and --check-config", async () => {
  expect(await call(["--help"])).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^Usage: /) });
  expect((await call(["-V"])).stdout).toBe("mod_gearman_queue: version 1.2.3 running on node v24\n");
  const checked = await call(["--check-config", "--key=very secret words"]);
  expect(checked.stdout).toMatch(/host\s+= localhost:4730/);
  expect(checked.stdout).not.toContain("very secret");
});
