import { settle } from "@mod-gearman/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { openResult, openText, sealJob, serviceJob, WorkerWorld } from "./worker-world.ts";

async function worker(...args: string[]): Promise<WorkerWorld> {
  const world = new WorkerWorld(...args);
  onTestFinished(() => world.end());
  return world.start();
}

describe("a job", () => {
  test("runs, its result is queued, then it is completed with OK", async () => {
    const { servers, runner } = await worker();
    const handle = servers.a.put("service", serviceJob("/x/plugin a"));
    await settle();
    expect(runner.runs.map((run) => run.commandLine)).toEqual(["/x/plugin a"]);
    expect(runner.runs[0]?.request.timeoutMs).toBe(60_000);
    expect(servers.a.completed).toEqual([]);
    runner.runs[0]?.end({ exitCode: 1, stdout: Buffer.from("WARNING - a\nb|c=1\n") });
    await settle();
    expect(servers.a.completed).toEqual([{ handle, data: "OK" }]);
    const [result] = servers.a.submitted;
    expect(result?.function.toString()).toBe("check_results");
    expect(result?.unique.toString()).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(openText(result?.data ?? Buffer.alloc(0))).toBe(
      "type=active\nhost_name=h1\nservice_description=s1\ncore_start_time=1700000099.500000\n" +
        "start_time=1700000000.000000\nfinish_time=1700000000.250000\nreturn_code=1\nexited_ok=1\n" +
        "source=Mod-Gearman Worker @ w1\noutput=WARNING - a\\nb|c=1\n\n\n",
    );
  });

  test("without a timeout gets job_timeout", async () => {
    const { servers, runner } = await worker("--job_timeout=7");
    servers.a.put("service", serviceJob("/x", { timeout: "0" }));
    await settle();
    expect(runner.runs[0]?.request.timeoutMs).toBe(7000);
  });

  test.for<[string, Record<string, string>]>([
    ["no result queue", { result_queue: "" }],
    ["no host", { host_name: "" }],
  ])("with %s has no result but is completed", async ([, more]) => {
    const { servers, runner } = await worker();
    runner.answer = () => ({ exitCode: 0 });
    const handle = servers.a.put("service", serviceJob("/x", more));
    await settle();
    expect(servers.a.completed).toEqual([{ handle, data: "OK" }]);
    expect(servers.a.submitted).toEqual([]);
  });

  test("that times out says so in result and log", async () => {
    const { servers, runner, logger } = await worker();
    runner.answer = () => ({ timedOut: true, signal: 15 });
    servers.a.put("service", serviceJob("/x", { timeout: "5" }));
    await settle();
    expect(openResult(servers.a.submitted[0]?.data as Buffer)).toMatchObject({
      returnCode: 3,
      output: Buffer.from("(Service Check Timed Out On Worker: w1)"),
    });
    expect(logger.lines).toContain("info: service check: h1 - s1 run into timeout after 5 seconds");
  });

  test.for<[string, Buffer, string]>([
    ["is no base64", Buffer.from("%%%"), "decrypt error, invalid data package received: MALFORMED_BASE64"],
    ["has another key", Buffer.from(Buffer.alloc(64, 1).toString("base64")), "check encryption key"],
    [
      "has no command",
      sealJob({ type: "service", host_name: "h" }),
      "discarded invalid job, no command line given",
    ],
  ])("that %s fails, and the slot goes on (D9)", async ([, data, text]) => {
    const { servers, runner, logger } = await worker("--max-worker=1");
    runner.answer = () => ({ exitCode: 0 });
    const connections = servers.a.fake.connections.length;
    const bad = servers.a.put("service", data);
    const good = servers.a.put("service", serviceJob("/x"));
    await settle();
    expect(servers.a.failed).toEqual([bad]);
    expect(servers.a.completed).toEqual([{ handle: good, data: "OK" }]);
    expect(servers.a.fake.connections.length).toBe(connections);
    expect(logger.lines.filter((line) => line.startsWith("error: "))).toEqual([
      expect.stringContaining(text),
    ]);
  });

  test("a defect while it is executed becomes an UNKNOWN result (D11)", async () => {
    const { servers, runner } = await worker();
    runner.answer = () => {
      throw new Error("a defect");
    };
    const handle = servers.a.put("service", serviceJob("/x"));
    await settle();
    expect(openResult(servers.a.submitted[0]?.data as Buffer)).toMatchObject({
      returnCode: 3,
      output: Buffer.from("UNKNOWN: a defect (worker: w1)"),
    });
    expect(servers.a.completed).toEqual([{ handle, data: "OK" }]);
  });

  test("failed event handlers are logged (D21)", async () => {
    const { servers, runner, logger } = await worker("--eventhandler=yes");
    runner.answer = () => ({ exitCode: 1, stdout: Buffer.from("no such service") });
    servers.a.put(
      "eventhandler",
      sealJob({ type: "eventhandler", start_time: "1.0", core_time: "1.0", command_line: "/e x" }),
    );
    await settle();
    expect(logger.lines.slice(-4)).toEqual(
      expect.arrayContaining([
        "error: host eventhandler exited with return code 1",
        "error: cmd: /e x",
        "error: output: no such service",
      ]),
    );
    expect(servers.a.submitted).toEqual([]);
  });
});

describe("max-age (3.4, D1)", () => {
  test("an old job is not run; the result has its service and rc 3", async () => {
    const { servers, runner } = await worker("--max-age=10");
    servers.a.put("service", serviceJob("/x", { core_time: "1700000089.9" }));
    await settle();
    expect(runner.runs).toEqual([]);
    expect(openResult(servers.a.submitted[0]?.data as Buffer)).toMatchObject({
      returnCode: 3,
      serviceDescription: Buffer.from("s1"),
      finishTime: 1_700_000_100_000_000n,
      output: Buffer.from("Could not start check in time (worker: w1)"),
    });
  });

  test("a job just young enough or without a time is run", async () => {
    const { servers, runner } = await worker("--max-age=10", "--min-worker=2");
    servers.a.put("service", serviceJob("/young", { core_time: "1700000090.0" }));
    servers.a.put("service", serviceJob("/timeless", { core_time: "" }));
    await settle();
    expect(runner.runs.map((run) => run.commandLine)).toEqual(["/young", "/timeless"]);
  });
});

test("restrict_path: a refused command is not run and its result says why", async () => {
  const { servers, runner } = await worker("--restrict_path=/srv/plugins");
  servers.a.put("service", serviceJob("/bin/echo hello"));
  await settle();
  expect(runner.runs).toEqual([]);
  expect(openResult(servers.a.submitted[0]?.data as Buffer)).toMatchObject({
    returnCode: 3,
    output: Buffer.from("ERROR: command does not start with any of the restricted paths: /bin/ech..."),
  });
});

test("notifications get the texts of the check in their environment (D4)", async () => {
  const { servers, runner } = await worker("--notifications=yes");
  const job = {
    type: "notification",
    core_time: "1.0",
    contact: "c",
    command_line: "/n",
    plugin_output: "short",
  };
  servers.a.put("notification", sealJob({ ...job, long_plugin_output: "long" }));
  await settle();
  const [short, long] = [Buffer.from("short"), Buffer.from("long")];
  expect(runner.runs[0]?.request.env).toEqual({
    NAGIOS_HOSTOUTPUT: short,
    NAGIOS_LONGHOSTOUTPUT: long,
    NAGIOS_SERVICEOUTPUT: short,
    NAGIOS_LONGSERVICEOUTPUT: long,
  });
});

describe("slots", () => {
  test("nothing is started while no server is there; it says so once a minute and goes on trying", async () => {
    const world = new WorkerWorld("--min-worker=3");
    onTestFinished(() => world.end());
    world.servers.a.fake.mode = "refuse";
    await world.start();
    await world.clock.advance(50_000);
    expect(
      world.logger.lines.filter((line) => line === "warn: no job server can be reached: a:1"),
    ).toHaveLength(1);
    world.servers.a.fake.mode = "accept";
    await world.clock.advance(5000);
    expect(world.servers.a.workers("service")).toBe(3);
  });

  test("each has a connection of its own, announces all queues and asks for no more than it can do", async () => {
    const { servers, runner } = await worker(
      "--min-worker=2",
      "--max-worker=2",
      "--hosts=yes",
      "--hostgroups=g1,g2",
    );
    expect(servers.a.workers("service")).toBe(2);
    expect(servers.a.workers("hostgroup_g2")).toBe(2);
    expect(servers.a.workers("worker_w1")).toBe(1);
    for (let count = 0; count < 5; count++) servers.a.put("service", serviceJob(`/x ${count}`));
    await settle();
    expect(runner.runs).toHaveLength(2);
    expect(servers.a.waiting).toBe(3);
  });

  test("grow by spawn-rate while all are busy, shrink by sink-rate once idle for long enough", async () => {
    const { servers, runner, clock } = await worker(
      "--max-worker=8",
      "--spawn-rate=3",
      "--sink-rate=2",
      "--idle-timeout=10",
    );
    for (let count = 0; count < 20; count++) servers.a.put("service", serviceJob("/x"));
    await settle();
    const sizes = [];
    for (let second = 0; second < 4; second++) {
      sizes.push(servers.a.workers("service"));
      await clock.advance(1000);
    }
    expect(sizes).toEqual([1, 4, 7, 8]);
    runner.answer = () => ({ exitCode: 0 });
    for (const run of runner.runs) run.end({ exitCode: 0 });
    await settle();
    expect(servers.a.completed).toHaveLength(20);
    await clock.advance(10_000);
    expect(servers.a.workers("service")).toBe(8);
    await clock.advance(1000);
    expect(servers.a.workers("service")).toBe(6);
    await clock.advance(20_000);
    expect(servers.a.workers("service")).toBe(1);
  });

  test("the load guard stops growth, never running slots", async () => {
    const { servers, clock, machine, logger } = await worker(
      "--min-worker=2",
      "--max-worker=8",
      "--load_limit1=3",
    );
    machine.files.loadavg = "3.50 1.00 1.00 1/1 1";
    for (let count = 0; count < 4; count++) servers.a.put("service", serviceJob("/x"));
    await clock.advance(5000);
    expect(servers.a.workers("service")).toBe(2);
    expect(
      logger.lines.filter((line) => line.includes("load1 is too high: 3.500000 > 3.000000")),
    ).toHaveLength(1);
    machine.files.loadavg = "2.50 1.00 1.00 1/1 1";
    await clock.advance(1000);
    expect(servers.a.workers("service")).toBeGreaterThan(2);
  });

  test("max-worker is lowered to what the open files allow", async () => {
    const world = new WorkerWorld("--max-worker=300");
    onTestFinished(() => world.end());
    world.machine.files["self/limits"] =
      "Max open files            1024                 4096                 files\n";
    await world.start();
    expect(world.logger.lines).toContain("warn: Setting max worker limit to 160");
  });

  test("several servers: one grab at a time, no job waits inside a busy slot (D10)", async () => {
    const { servers, runner } = await worker("--server=b:2", "--max-worker=1");
    servers.a.put("service", serviceJob("/from a"));
    await settle();
    expect(runner.runs).toHaveLength(1);
    servers.b.put("service", serviceJob("/from b"));
    await settle();
    expect(servers.b.running).toBe(0);
    expect(servers.b.waiting).toBe(1);
    runner.runs[0]?.end({ exitCode: 0 });
    await settle();
    expect(runner.runs.map((run) => run.commandLine)).toEqual(["/from a", "/from b"]);
  });

  test("several servers: none starves", async () => {
    const { servers, runner } = await worker("--server=b:2", "--max-worker=1");
    for (let count = 0; count < 3; count++) {
      servers.a.put("service", serviceJob("/from a"));
      servers.b.put("service", serviceJob("/from b"));
    }
    await settle();
    for (let count = 0; count < 5; count++) {
      runner.runs[count]?.end({ exitCode: 0 });
      await settle();
    }
    const order = runner.runs.map((run) => run.commandLine.slice(-1)).join("");
    expect(["ababab", "bababa"]).toContain(order);
  });

  test("a lost server does not touch running checks nor the other server (D7)", async () => {
    const { servers, runner, clock } = await worker("--server=b:2", "--max-worker=1");
    servers.a.put("service", serviceJob("/x"));
    await settle();
    for (const connection of servers.a.fake.connections) connection.destroy();
    servers.a.fake.mode = "refuse";
    await settle();
    expect(runner.aborts).toEqual([]);
    runner.runs[0]?.end({ exitCode: 0, stdout: Buffer.from("late") });
    await clock.advance(3000);
    expect(openResult(servers.b.submitted[0]?.data as Buffer).output).toEqual(Buffer.from("late"));
    servers.b.put("service", serviceJob("/y"));
    await settle();
    expect(runner.runs.at(-1)?.commandLine).toBe("/y");
  });
});

describe("shortage of the machine (D20)", () => {
  test("no result; the job goes back, intake pauses for 10 s", async () => {
    const { servers, runner, clock, logger } = await worker("--min-worker=2", "--max-worker=2");
    runner.answer = () => ({ exec: "error", error: { errno: "EMFILE", text: "too many open files" } });
    const handle = servers.a.put("service", serviceJob("/x"));
    await settle();
    expect(servers.a.requeued).toContain(handle);
    expect(servers.a.submitted).toEqual([]);
    expect(servers.a.completed).toEqual([]);
    expect(servers.a.failed).toEqual([]);
    expect(logger.lines.join("\n")).toContain(
      "error: cannot run plugins, taking no jobs for a while: too many open files",
    );
    runner.answer = () => ({ exitCode: 0 });
    await clock.advance(9000);
    expect(servers.a.completed).toEqual([]);
    await clock.advance(1500);
    expect(servers.a.completed).toEqual([{ handle, data: "OK" }]);
  });
});

describe("status queue (8.1)", () => {
  test("answers any job at once, also while all slots are busy", async () => {
    const { servers } = await worker("--max-worker=1");
    servers.a.put("service", serviceJob("/x"));
    await settle();
    const handle = servers.a.put("worker_w1", Buffer.from("check"));
    await settle();
    expect(servers.a.completed).toEqual([
      { handle, data: "w1 has 1 worker and is working on 1 jobs. Version: 1.2.3|worker=1;;;1;1 jobs=1c" },
    ]);
  });
});

describe("dup servers (4.9)", () => {
  test("get a passive copy of each result, whatever the main servers do", async () => {
    const { servers, runner } = await worker("--dupserver=dup:9");
    runner.answer = () => ({ exitCode: 0, stdout: Buffer.from("o") });
    servers.a.put("service", serviceJob("/x"));
    await settle();
    expect(openText(servers.dup.submitted[0]?.data as Buffer)).toMatch(/^type=passive\nhost_name=h1\n/);
    expect(openText(servers.a.submitted[0]?.data as Buffer)).toMatch(/^type=active\n/);
  });

  test("dup_results_are_passive=no", async () => {
    const { servers, runner } = await worker("--dupserver=dup:9", "--dup_results_are_passive=no");
    runner.answer = () => ({ exitCode: 0 });
    servers.a.put("service", serviceJob("/x"));
    await settle();
    expect(openText(servers.dup.submitted[0]?.data as Buffer)).toMatch(/^type=active\n/);
  });

  test("that are away do not hold anything up; beyond the backlog new copies are dropped and counted", async () => {
    const world = new WorkerWorld("--dupserver=dup:9", "--dupserver_backlog_queue_size=2");
    onTestFinished(() => world.end());
    world.servers.dup.fake.mode = "refuse";
    await world.start();
    world.runner.answer = () => ({ exitCode: 0 });
    for (let count = 0; count < 5; count++) world.servers.a.put("service", serviceJob("/x"));
    for (let round = 0; round < 3; round++) await settle();
    expect(world.servers.a.submitted).toHaveLength(5);
    expect(world.logger.lines).toContain(
      "warn: channel is at capacity (2), dropping message (to dupserver): dup:9",
    );
    world.servers.dup.fake.mode = "accept";
    await world.clock.advance(15_000);
    expect(world.servers.dup.submitted).toHaveLength(2);
  });
});

describe("results when servers are away (4.8)", () => {
  test("the next server of the list takes over", async () => {
    const world = new WorkerWorld("--server=b:2");
    onTestFinished(() => world.end());
    world.servers.a.fake.mode = "refuse";
    await world.start();
    world.runner.answer = () => ({ exitCode: 0 });
    world.servers.b.put("service", serviceJob("/x"));
    await world.clock.advance(1000);
    expect(world.servers.b.submitted).toHaveLength(1);
  });

  test("a refused result is sent again, with the same unique, until it is taken", async () => {
    const { servers, runner, clock } = await worker();
    runner.answer = () => ({ exitCode: 0 });
    servers.a.submits = "reject";
    servers.a.put("service", serviceJob("/x"));
    await clock.advance(5000);
    servers.a.submits = "accept";
    await clock.advance(1000);
    expect(servers.a.submitted).toHaveLength(1);
    const sent = servers.a.fake.connections.flatMap(({ received }) =>
      received.flatMap((packet) => (packet.name === "SUBMIT_JOB_BG" ? [packet.unique.toString()] : [])),
    );
    expect(sent.length).toBeGreaterThan(3);
    expect(new Set(sent).size).toBe(1);
  });

  test("after two minutes it is dropped and the log says so", async () => {
    const { servers, runner, clock, logger } = await worker();
    runner.answer = () => ({ exitCode: 0 });
    servers.a.submits = "reject";
    servers.a.put("service", serviceJob("/x"));
    await clock.advance(125_000);
    expect(logger.lines.filter((line) => line.includes("will continue to retry for 2 minutes"))).toHaveLength(
      1,
    );
    expect(
      logger.lines.filter((line) => line.startsWith("error: failed to send back result: ")),
    ).toHaveLength(1);
  });
});
