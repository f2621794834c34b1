import { settle } from "@mod-gearman/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { sealJob, serviceJob, startWorker, WorkerWorld } from "./worker-world.ts";

const sealed = sealJob({}, "drain");
const clear = Buffer.from("drain");

/** A worker with one running and one queued job. */
async function busyWorker(...args: string[]): Promise<WorkerWorld> {
  const world = await startWorker("--max-worker=1", ...args);
  world.servers.a.put("service", serviceJob("/running"));
  world.servers.a.put("service", serviceJob("/waiting"));
  await settle();
  return world;
}

const queues = ({ servers }: WorkerWorld) =>
  ["service", "worker_w1"].map((queue) => servers.a.workers(queue));

describe("USR2 (drain)", () => {
  test("finishes running jobs, takes no more, withdraws all queues, and resumes with the second one", async () => {
    const world = await busyWorker();
    const { a } = world.servers;
    await world.signal("SIGUSR2");
    expect(queues(world)).toEqual([1, 0]); // gearmand keeps the queue of a running job
    world.runner.runs[0]?.end({ exitCode: 0 });
    await settle();
    await settle();
    expect([a.completed.length, a.submitted.length, a.waiting, queues(world)]).toEqual([1, 1, 1, [0, 0]]);
    expect(world.logger.lines.at(-1)).toBe("info: drained, waiting for sigusr2 or sigterm");
    await world.clock.advance(120_000);
    expect([world.exitCode, world.runner.runs.length, queues(world)]).toEqual([undefined, 1, [0, 0]]);

    await world.signal("SIGUSR2");
    expect(queues(world)).toEqual([1, 1]);
    await settle();
    expect(world.runner.runs.map((run) => run.commandLine)).toEqual(["/running", "/waiting"]);
  });

  test("the queues are withdrawn with CANT_DO, not only by closing", async () => {
    const world = await startWorker();
    await world.signal("SIGUSR2");
    const withdrawn = world.servers.a.fake.connections.flatMap(({ received }) =>
      received.flatMap((packet) => (packet.name === "CANT_DO" ? [packet.function.toString()] : [])),
    );
    expect(withdrawn.sort()).toEqual(["service", "worker_w1"]);
  });

  test("the second one while a job is running: takes jobs again, is not drained", async () => {
    const world = await busyWorker("--min-worker=1");
    await world.signal("SIGUSR2");
    await world.signal("SIGUSR2");
    expect(world.servers.a.workers("worker_w1")).toBe(1);
    expect(world.runner.runs.map((run) => run.commandLine)).toEqual(["/running", "/waiting"]);
    world.runner.runs[0]?.end({ exitCode: 0 });
    await settle();
    expect(world.logger.lines.join("\n")).not.toContain("drained");
  });

  test("a reload in the meantime does not undo it; the new settings apply afterwards", async () => {
    const world = await startWorker();
    await world.signal("SIGUSR2");
    world.args = [...world.args, "--hosts=yes"];
    await world.signal("SIGHUP");
    await world.clock.advance(5000);
    expect([world.servers.a.workers("host"), ...queues(world)]).toEqual([0, 0, 0]);
    await world.signal("SIGUSR2");
    expect([world.servers.a.workers("host"), ...queues(world)]).toEqual([1, 1, 1]);
  });

  test("TERM ends a drained worker, and one that is draining", async () => {
    const drained = await startWorker();
    await drained.signal("SIGUSR2");
    await drained.signal("SIGTERM");
    expect(drained.exitCode).toBe(0);
    const busy = await busyWorker();
    await busy.signal("SIGUSR2");
    await busy.signal("SIGTERM");
    await busy.clock.advance(5000);
    expect([busy.exitCode, busy.servers.a.requeued.length]).toEqual([0, 1]);
  });
});

describe("drain job", () => {
  const drainLog = "info: got a drain job, finishing what runs, then ending";

  test.for<[string, Buffer, string[]]>([
    ["sealed with the key", sealed, []],
    ["in clear where that is allowed", clear, ["--allow_drain_job=yes"]],
    ["sealed, where clear ones are allowed too", sealed, ["--allow_drain_job=yes"]],
  ])("%s: finishes, withdraws, ends with code 0", async ([, data, args]) => {
    const world = await busyWorker(...args);
    const { a } = world.servers;
    a.put("worker_w1", data);
    await settle();
    expect(a.completed.map((answer) => answer.data)).toEqual([
      "w1 is draining: takes no more jobs, finishes 1 jobs",
    ]);
    expect([world.exitCode, ...queues(world)]).toEqual([undefined, 1, 0]);
    world.runner.runs[0]?.end({ exitCode: 0 });
    for (let round = 0; round < 3; round++) await settle();
    expect([world.exitCode, a.submitted.length, a.waiting]).toEqual([0, 1, 1]);
    expect(world.logger.lines).toContain(drainLog);
  });

  test.for<[string, Buffer, string[]]>([
    ["in clear", clear, []],
    ["in clear, without encryption", clear, ["--encryption=no"]],
    ["with more behind it", Buffer.from("drain\n"), ["--allow_drain_job=yes"]],
    ["in capitals", Buffer.from("DRAIN"), ["--allow_drain_job=yes"]],
    ["sealed with another text", sealJob({}, "drain please"), ["--allow_drain_job=yes"]],
    ["that is the usual question", Buffer.from("check"), ["--allow_drain_job=yes"]],
    ["empty", Buffer.alloc(0), []],
  ])("%s: is answered like any status job", async ([, data, args]) => {
    const world = await startWorker(...args);
    world.servers.a.put("worker_w1", data);
    await settle();
    expect(world.servers.a.completed[0]?.data).toMatch(/^w1 has 1 worker and is working on 0 jobs/);
    expect(world.logger.lines).not.toContain(drainLog);
    expect(queues(world)).toEqual([1, 1]);
  });

  test("ends the worker although a dup server is unreachable and copies wait for it; their number is logged", async () => {
    const world = new WorkerWorld("--dupserver=dup:9", "--max-worker=1");
    onTestFinished(() => world.end());
    world.servers.dup.fake.mode = "refuse";
    world.runner.answer = () => ({ exitCode: 0 });
    await world.start();
    for (let count = 0; count < 2; count++) world.servers.a.put("service", serviceJob("/x"));
    await settle();
    world.servers.a.put("worker_w1", sealed);
    await world.clock.advance(4900);
    expect(world.exitCode).toBeUndefined(); // the dup server may return
    await world.clock.advance(15_000);
    expect([world.exitCode, world.servers.a.submitted.length]).toEqual([0, 2]);
    expect(world.logger.lines).toContain("warn: 2 results to dupserver dup:9 are not delivered yet");
    expect(world.logger.lines).toContain("error: 2 results to dupserver dup:9 were not delivered");
  });

  test("a dup server that returns in time still gets its copies", async () => {
    const world = new WorkerWorld("--dupserver=dup:9", "--max-worker=1");
    onTestFinished(() => world.end());
    world.servers.dup.fake.mode = "refuse";
    world.runner.answer = () => ({ exitCode: 0 });
    await world.start();
    world.servers.a.put("service", serviceJob("/x"));
    await settle();
    world.servers.a.put("worker_w1", sealed);
    await settle();
    world.servers.dup.fake.mode = "accept";
    await world.clock.advance(10_000);
    expect([world.exitCode, world.servers.dup.submitted.length]).toEqual([0, 1]);
  });

  test("a refused one is logged", async () => {
    const world = await startWorker();
    world.servers.a.put("worker_w1", clear);
    await settle();
    expect(world.logger.lines.at(-1)).toBe(
      "warn: drain job refused: allow_drain_job is off and the job was not encrypted",
    );
  });
});
