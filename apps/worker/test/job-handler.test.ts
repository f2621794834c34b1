import { ARGUMENT_LIMIT } from "@mod-gearman/runner";
import { settle } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { openResult, openText, sealJob, serviceJob, startWorker } from "./worker-world.ts";

describe("a job", () => {
  test("is run, its result is queued, then it is completed with OK", async () => {
    const { servers, runner } = await startWorker();
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

  test("that asks for times has those of the worker in its result, also in an unexecuted one", async () => {
    const { servers, runner } = await startWorker("--max-age=3600");
    servers.a.put("service", serviceJob("/x", { worker_times: "1" }));
    await settle();
    runner.runs[0]?.end({ exitCode: 0 });
    await settle();
    const text = openText(servers.a.submitted[0]?.data ?? Buffer.alloc(0));
    expect(text).toMatch(/\nsource=.*\ngrabbed_time=\d{10}\.\d{6}\nsent_time=\d{10}\.\d{6}\noutput=/);
    servers.a.put("service", serviceJob("/x", { worker_times: "1", core_time: "1000000000.000000" }));
    await settle();
    expect(openText(servers.a.submitted[1]?.data ?? Buffer.alloc(0))).toContain("\nsent_time=");
  });

  test("without a timeout has job_timeout", async () => {
    const { servers, runner } = await startWorker("--job_timeout=7");
    servers.a.put("service", serviceJob("/x", { timeout: "0" }));
    await settle();
    expect(runner.runs[0]?.request.timeoutMs).toBe(7000);
  });

  test.for<[string, Record<string, string>]>([
    ["no result queue", { result_queue: "" }],
    ["no host", { host_name: "" }],
  ])("with %s has no result but is completed", async ([, more]) => {
    const { servers, runner } = await startWorker();
    runner.answer = () => ({ exitCode: 0 });
    const handle = servers.a.put("service", serviceJob("/x", more));
    await settle();
    expect(servers.a.completed).toEqual([{ handle, data: "OK" }]);
    expect(servers.a.submitted).toEqual([]);
  });

  test.for<[what: string, args: string[], command: string, results: number]>([
    ["no result with workaround_rc_25", ["--workaround_rc_25=yes"], "/x", 0],
    ["behind negate too", ["--workaround_rc_25=yes"], "/x/negate /x", 0],
    ["a result without it", [], "/x", 1],
  ])("whose plugin ends with 25: %s", async ([, args, command, results]) => {
    const world = await startWorker("--dupserver=dup:1", "--debug=1", ...args);
    const { servers, runner, logger } = world;
    runner.answer = () => ({ exitCode: 25, stdout: Buffer.from("killed by the other one") });
    const handle = servers.a.put("service", serviceJob(command));
    await settle();
    expect(servers.a.completed).toEqual([{ handle, data: "OK" }]);
    expect([servers.a.submitted.length, servers.dup.submitted.length]).toEqual([results, results]);
    const said = "info: workaround_rc_25: no result of service h1 - s1, its plugin ended with exit code 25";
    expect(logger.lines.includes(said)).toBe(results === 0);
    await world.signal("SIGUSR1");
    expect(logger.lines.includes("error: results withheld (workaround_rc_25): 1")).toBe(results === 0);
  });

  test("workaround_rc_25 does not affect other codes, timeouts, or the log of a notification", async () => {
    const { servers, runner, logger } = await startWorker("--workaround_rc_25=yes", "--notifications=yes");
    runner.answer = ({ commandLine }) =>
      commandLine.includes("late") ? { timedOut: true, exitCode: 25 } : { exitCode: 26 };
    servers.a.put("service", serviceJob("/x"));
    servers.a.put("service", serviceJob("/late"));
    await settle();
    expect(servers.a.submitted).toHaveLength(2);
    runner.answer = () => ({ exitCode: 25 });
    servers.a.put("notification", sealJob({ type: "notification", command_line: "/notify" }));
    await settle();
    expect(logger.lines).toContain("error: host notification exited with return code 3");
    expect(servers.a.completed).toHaveLength(3);
  });

  test("that times out has this in result and log", async () => {
    const { servers, runner, logger } = await startWorker();
    runner.answer = () => ({ timedOut: true, signal: 15 });
    servers.a.put("service", serviceJob("/x", { timeout: "5" }));
    await settle();
    expect(openResult(servers.a.submitted[0]?.data as Buffer)).toMatchObject({
      returnCode: 3,
      output: Buffer.from("(Service Check Timed Out On Worker: w1)"),
    });
    expect(logger.lines).toContain("info: service check: h1 - s1 run into timeout after 5 seconds");
  });

  test("many-assignments: UNKNOWN with the reason, nothing is started, other jobs run, TERM ends the worker", async () => {
    const world = await startWorker();
    const { servers, runner, logger } = world;
    const count = Math.max(300_000, ARGUMENT_LIMIT / 8);
    const line = `${Array.from({ length: count }, (_, n) => `A${n}=b`).join(" ")} /bin/echo x`;
    const handles = [
      servers.a.put("service", serviceJob(line)),
      servers.a.put("service", serviceJob(line, { type: "eventhandler", result_queue: "" })),
    ];
    await settle();
    expect(runner.runs).toEqual([]);
    expect(servers.a.completed).toEqual(handles.map((handle) => ({ handle, data: "OK" })));
    const reason = `bytes is too long, this system takes command lines of ${ARGUMENT_LIMIT} \\(worker: w1\\)`;
    const result = openResult(servers.a.submitted[0]?.data as Buffer);
    expect(result).toMatchObject({ returnCode: 3, hostName: Buffer.from("h1") });
    expect(result.output.toString()).toMatch(new RegExp(`^UNKNOWN: job of \\d+ ${reason}$`));
    expect(logger.lines).toContain("error: service eventhandler exited with return code 3");
    expect(Math.max(...logger.lines.map((text) => text.length))).toBeLessThan(3000);
    servers.a.put("service", serviceJob("/x"));
    await settle();
    expect(runner.runs.map((run) => run.commandLine)).toEqual(["/x"]);
    runner.runs[0]?.end({ exitCode: 0 });
    await world.signal("SIGTERM");
    await settle();
    expect(world.exitCode).toBe(0);
  });

  test.for<[string, Buffer, string]>([
    ["is no base64", Buffer.from("%%%"), "decrypt error, invalid data package received: MALFORMED_BASE64"],
    [
      "lost the end of its last block",
      Buffer.from(Buffer.alloc(59, 1).toString("base64")),
      "decrypt error, invalid data package received, data must be multiple of 16 bytes, has: 59",
    ],
    ["has another key", Buffer.from(Buffer.alloc(64, 1).toString("base64")), "check encryption key"],
    [
      "has no command",
      sealJob({ type: "service", host_name: "h" }),
      "discarded invalid job, no command line given",
    ],
  ])("that %s fails, and the slot continues (D9)", async ([, data, text]) => {
    const { servers, runner, logger } = await startWorker("--max-worker=1");
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

  test("are logged once in ten seconds, also after the time of day was set back", async () => {
    const world = await startWorker();
    const { servers, logger, clock } = world;
    const logged = (): number => logger.lines.filter((line) => line.includes("MALFORMED_BASE64")).length;
    const putBad = async (): Promise<number> => {
      servers.a.put("service", Buffer.from("%%%"));
      await settle();
      return logged();
    };
    expect([await putBad(), await putBad()]).toEqual([1, 1]);
    world.nowMicros -= 3_600_000_000n;
    await clock.advance(9000);
    expect(await putBad()).toBe(1);
    await clock.advance(1000);
    expect(await putBad()).toBe(2);
  });

  test("a defect during execution becomes an UNKNOWN result (D11)", async () => {
    const { servers, runner } = await startWorker();
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
    const { servers, runner, logger } = await startWorker("--eventhandler=yes");
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

describe("max-age (worker.md 3.4, D1)", () => {
  test("an old job is not run; the result has its service and rc 3", async () => {
    const { servers, runner } = await startWorker("--max-age=10");
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
    const { servers, runner } = await startWorker("--max-age=10", "--min-worker=2");
    servers.a.put("service", serviceJob("/young", { core_time: "1700000090.0" }));
    servers.a.put("service", serviceJob("/timeless", { core_time: "" }));
    await settle();
    expect(runner.runs.map((run) => run.commandLine)).toEqual(["/young", "/timeless"]);
  });
});

test("restrict_path: a refused command is not run and its result contains the reason", async () => {
  const { servers, runner } = await startWorker("--restrict_path=/srv/plugins");
  servers.a.put("service", serviceJob("/bin/echo hello"));
  await settle();
  expect(runner.runs).toEqual([]);
  expect(openResult(servers.a.submitted[0]?.data as Buffer)).toMatchObject({
    returnCode: 3,
    output: Buffer.from("ERROR: command does not start with any of the restricted paths: /bin/ech..."),
  });
});

test("notifications have the texts of the check in their environment (D4)", async () => {
  const { servers, runner } = await startWorker("--notifications=yes");
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

describe("status queue (worker.md 8.1)", () => {
  test("answers any job at once, also while all slots are busy", async () => {
    const { servers } = await startWorker("--max-worker=1");
    servers.a.put("service", serviceJob("/x"));
    await settle();
    const handle = servers.a.put("worker_w1", Buffer.from("check"));
    await settle();
    expect(servers.a.completed).toEqual([
      { handle, data: "w1 has 1 worker and is working on 1 jobs. Version: 1.2.3|worker=1;;;1;1 jobs=1c" },
    ]);
  });
});
