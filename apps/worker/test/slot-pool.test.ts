import { settle } from "@mod-gearman/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { openResult, serviceJob, startWorker, WorkerWorld } from "./worker-world.ts";

describe("slots", () => {
  test("no slot is started without a server; this is logged once a minute while it keeps trying", async () => {
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

  test("each has its own connection, announces all queues and requests one job at a time", async () => {
    const { servers, runner } = await startWorker(
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

  test("grow by spawn-rate while all are busy, shrink by sink-rate after the idle time", async () => {
    const { servers, runner, clock } = await startWorker(
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

  test("the load guard prevents growth and stops no running slot", async () => {
    const { servers, clock, machine, logger } = await startWorker(
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

  test("max-worker is lowered to what the limit of open files allows", async () => {
    const world = new WorkerWorld("--max-worker=300");
    onTestFinished(() => world.end());
    world.machine.files["self/limits"] =
      "Max open files            1024                 4096                 files\n";
    await world.start();
    expect(world.logger.lines.join()).toContain("(max 160)");
  });

  test("several servers: one grab at a time, no job waits inside a busy slot (D10)", async () => {
    const { servers, runner } = await startWorker("--server=b:2", "--max-worker=1");
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

  test("several servers: all are served", async () => {
    const { servers, runner } = await startWorker("--server=b:2", "--max-worker=1");
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

  test("a lost server affects neither running checks nor the other server (D7)", async () => {
    const { servers, runner, clock } = await startWorker("--server=b:2", "--max-worker=1");
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
  test("a slot with a pending request to a slow server asks no other one after the pause: never two jobs at once", async () => {
    const world = await startWorker("--server=b:2", "--min-worker=2", "--max-worker=2");
    const { a, b } = world.servers;
    const { runner } = world;
    runner.answer = () => ({ exec: "error", error: { errno: "EMFILE", text: "too many open files" } });
    b.holdsGrabs = true;
    b.put("service", serviceJob("/b1"));
    await settle();
    b.releaseGrabs(1); // the other slot waits for its answer
    await settle();
    expect(world.logger.lines.join("\n")).toContain("cannot run plugins, taking no jobs for a while");
    runner.answer = undefined;
    for (const name of ["/a1", "/a2"]) a.put("service", serviceJob(name));
    await world.clock.advance(11_000);
    b.releaseGrabs();
    await settle();
    expect(runner.runs).toHaveLength(2); // one for each slot
    await world.signal("SIGUSR1");
    expect(world.logger.lines).toContain("error: workers: 2 busy: 2 jobs: 3");
    runner.answer = () => ({ exitCode: 0 });
    for (const run of [...runner.runs]) run.end({ exitCode: 0 });
    await world.clock.advance(1000);
    await world.signal("SIGUSR2");
    expect(world.logger.lines).toContain("info: drained, waiting for sigusr2 or sigterm");
    expect([a.completed.length, b.completed.length]).toEqual([2, 1]);
  });

  test("no result; the job goes back, no jobs are taken for 10 s", async () => {
    const { servers, runner, clock, logger } = await startWorker("--min-worker=2", "--max-worker=2");
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
