import { settle } from "@mod-gearman/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { openText, serviceJob, startWorker, WorkerWorld } from "./worker-world.ts";

describe("dup servers (worker.md 4.9)", () => {
  test("get a passive copy of each result, independent of the main servers", async () => {
    const { servers, runner } = await startWorker("--dupserver=dup:9");
    runner.answer = () => ({ exitCode: 0, stdout: Buffer.from("o") });
    servers.a.put("service", serviceJob("/x"));
    await settle();
    expect(openText(servers.dup.submitted[0]?.data as Buffer)).toMatch(/^type=passive\nhost_name=h1\n/);
    expect(openText(servers.a.submitted[0]?.data as Buffer)).toMatch(/^type=active\n/);
  });

  test("dup_results_are_passive=no", async () => {
    const { servers, runner } = await startWorker("--dupserver=dup:9", "--dup_results_are_passive=no");
    runner.answer = () => ({ exitCode: 0 });
    servers.a.put("service", serviceJob("/x"));
    await settle();
    expect(openText(servers.dup.submitted[0]?.data as Buffer)).toMatch(/^type=active\n/);
  });

  test("that are unreachable delay nothing; copies above the backlog are dropped and counted", async () => {
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

describe("the connection of a result", () => {
  /** Packets that each connection has received about the end of a job, in order. */
  const ends = (world: WorkerWorld) =>
    world.servers.a.fake.connections
      .map(({ names }) => names.filter((name) => name === "SUBMIT_JOB_BG" || name === "WORK_COMPLETE"))
      .filter((names) => names.length > 0);

  test("of a plugin: that of its slot, before the answer", async () => {
    const world = await startWorker("--min-worker=2", "--max-worker=2");
    world.runner.answer = () => ({ exitCode: 0 });
    world.servers.a.put("service", serviceJob("/x"));
    await settle();
    expect(ends(world)).toEqual([["SUBMIT_JOB_BG", "WORK_COMPLETE"]]);
  });

  test("without a plugin: that for results, together with others of the same turn", async () => {
    const world = await startWorker("--min-worker=2", "--max-worker=2", "--internal_check_dummy=yes");
    for (const text of ["x", "y"]) world.servers.a.put("service", serviceJob(`/lib/check_dummy 1 ${text}`));
    await settle();
    expect(ends(world).sort()).toEqual([
      ["SUBMIT_JOB_BG", "SUBMIT_JOB_BG"],
      ["WORK_COMPLETE"],
      ["WORK_COMPLETE"],
    ]);
  });

  test("of a job whose connection was lost before its end: the next connected one, once", async () => {
    const world = await startWorker("--server=b:2", "--min-worker=1", "--max-worker=1");
    world.servers.a.put("service", serviceJob("/x"));
    await settle();
    world.servers.a.fake.mode = "refuse";
    for (const connection of world.servers.a.fake.connections) connection.end();
    await settle();
    world.runner.runs[0]?.end({ exitCode: 0 });
    await settle();
    expect([world.servers.a.submitted.length, world.servers.b.submitted.length]).toEqual([0, 1]);
  });
});

describe("results while servers are unreachable (worker.md 4.8)", () => {
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

  test("a refused result is sent again with the same unique key until it is accepted", async () => {
    const { servers, runner, clock } = await startWorker();
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

  test("after two minutes it is dropped, which is logged", async () => {
    const { servers, runner, clock, logger } = await startWorker();
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
