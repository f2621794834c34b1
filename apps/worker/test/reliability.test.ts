import { join } from "node:path";
import { openSpool } from "@mod-gearman/spool";
import { settle, type TestContext, tmpFolder } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { spoolLocation } from "../src/spool-location.ts";
import { openResult, serviceJob, startWorker, WorkerWorld } from "./worker-world.ts";

/** A worker that keeps results in `folder` and completes every check immediately. */
async function spoolingWorker(context: TestContext, folder: string, ...args: string[]): Promise<WorkerWorld> {
  const world = new WorkerWorld(`--result_spool=${folder}`, ...args);
  context.onTestFinished(() => world.end());
  const none = { stateDirectory: undefined, isWritableFolder: () => false };
  world.spools = {
    locate: (options) => spoolLocation(options, none),
    open: (location) => openSpool(location),
  };
  world.runner.answer = ({ commandLine }) => ({ exitCode: 0, stdout: commandLine });
  await world.start();
  return world;
}

const outputs = (submitted: readonly { data: Buffer }[]) =>
  submitted.map(({ data }) => openResult(data).output.toString());

/** Checks whose output is their number. */
function put(world: WorkerWorld, from: number, to: number): void {
  for (let number = from; number <= to; number++) world.servers.a.put("service", serviceJob(`/${number}`));
}

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => `/${from + at}`);

describe("result_spool", () => {
  test("results that no server accepts wait on disk and are sent in order, new ones after them", async (context) => {
    const world = await spoolingWorker(context, join(tmpFolder(context), "spool"));
    const { a } = world.servers;
    a.submits = "reject";
    put(world, 1, 5);
    await world.clock.advance(10_000);
    expect(a.completed).toHaveLength(5);
    await world.signal("SIGUSR1");
    expect(world.logger.lines.join("\n")).toMatch(/result spool: 5 waiting \(\d+ bytes\), 0 lost/);
    a.submits = "accept";
    put(world, 6, 8);
    await world.clock.advance(2000);
    expect(outputs(a.submitted)).toEqual(numbers(1, 8));
  });

  test("for longer than two minutes; the statistics contain their number", async (context) => {
    const world = await spoolingWorker(context, join(tmpFolder(context), "spool"));
    world.servers.a.submits = "reject";
    put(world, 1, 3);
    await world.clock.advance(300_000);
    expect(world.logger.lines.filter((line) => line.includes("stats: ")).at(-1)).toContain(
      " | results unsent: 3 (spool: 3) dropped: 0",
    );
    world.servers.a.submits = "accept";
    await world.clock.advance(1000);
    expect(outputs(world.servers.a.submitted)).toEqual(numbers(1, 3));
  });

  test("over a stop and a start of the worker, without a server at the end", async (context) => {
    const folder = join(tmpFolder(context), "spool");
    const first = await spoolingWorker(context, folder);
    first.servers.a.submits = "ignore";
    put(first, 1, 4);
    await first.clock.advance(100);
    await first.clock.advance(100);
    await first.signal("SIGTERM");
    await first.clock.advance(20_000);
    expect(first.exitCode).toBe(0);
    expect(first.logger.lines).toContain("info: result spool: 4 results wait for the next start");
    expect(first.logger.lines.filter((line) => line.includes("not delivered"))).toEqual([]);

    const second = await spoolingWorker(context, folder);
    expect(second.logger.lines).toContain("info: result spool: 4 results of an earlier run wait");
    await second.clock.advance(1000);
    expect(outputs(second.servers.a.submitted)).toEqual(numbers(1, 4));
  });

  test("after a defect that ends the process: unacknowledged results are kept", async (context) => {
    const folder = join(tmpFolder(context), "spool");
    const first = await spoolingWorker(context, folder);
    first.servers.a.submits = "ignore";
    put(first, 1, 3);
    await first.clock.advance(100);
    expect(first.servers.a.completed).toHaveLength(3);
    first.crash();
    const second = await spoolingWorker(context, folder);
    await second.clock.advance(1000);
    expect(outputs(second.servers.a.submitted)).toEqual(numbers(1, 3));
  });

  test("a server that goes away every second for a minute: every result once", async (context) => {
    const world = await spoolingWorker(context, join(tmpFolder(context), "spool"), "--max-worker=4");
    const { a } = world.servers;
    for (let second = 1; second <= 60; second++) {
      put(world, second, second);
      await settle();
      for (const connection of a.fake.connections) connection.destroy();
      a.fake.mode = second % 2 === 0 ? "accept" : "refuse";
      await world.clock.advance(1000);
    }
    a.fake.mode = "accept";
    await world.clock.advance(10_000);
    expect(outputs(a.submitted).sort()).toEqual(numbers(1, 60).sort());
  });

  test("is moved by a reload, and closed by `off` when it is empty", async (context) => {
    const folder = tmpFolder(context);
    const world = await spoolingWorker(context, join(folder, "one"));
    const { a } = world.servers;
    a.submits = "reject";
    put(world, 1, 2);
    await world.clock.advance(1000);
    world.args = [...world.args, `--result_spool=${join(folder, "two")}`, "--result_spool_size=100k"];
    await world.signal("SIGHUP");
    expect(openSpool({ folder: join(folder, "one"), maxBytes: 1000 }).length).toBe(0);
    world.args = [...world.args, "--result_spool_size=200k"];
    await world.signal("SIGHUP");
    put(world, 3, 3);
    await world.clock.advance(1000);
    world.args = [...world.args, "--result_spool=off"];
    await world.signal("SIGHUP");
    a.submits = "accept";
    await world.clock.advance(2000);
    expect(outputs(a.submitted)).toEqual(numbers(1, 3));
    a.submits = "reject";
    put(world, 4, 4);
    await world.clock.advance(125_000);
    expect(world.logger.lines.some((line) => line.startsWith("error: failed to send back result"))).toBe(
      true,
    );
  });

  test("of another size after a reload, when it is empty: results are still sent from it", async (context) => {
    const world = await spoolingWorker(context, join(tmpFolder(context), "spool"));
    const { a } = world.servers;
    const outage = async (from: number, to: number): Promise<void> => {
      a.submits = "reject";
      put(world, from, to);
      await world.clock.advance(2000);
      a.submits = "accept";
      await world.clock.advance(2000);
    };
    await outage(1, 8);
    world.args = [...world.args, "--result_spool_size=1m"];
    await world.signal("SIGHUP");
    await outage(9, 11);
    put(world, 12, 14);
    await world.clock.advance(2000);
    expect(outputs(a.submitted)).toEqual(numbers(1, 14));
    await world.signal("SIGUSR1");
    expect(world.logger.lines.join("\n")).toContain("result spool: 0 waiting");
  });

  test("that another process uses is retried every minute", async (context) => {
    const folder = join(tmpFolder(context), "spool");
    const world = new WorkerWorld(`--result_spool=${folder}`);
    context.onTestFinished(() => world.end());
    let tries = 0;
    const place = { folder, maxBytes: 1_000_000 };
    const open = () => {
      if (++tries < 3) throw new Error("in use");
      return openSpool(place);
    };
    world.spools = { locate: () => place, open };
    await world.start();
    await world.clock.advance(121_000);
    expect(tries).toBe(3);
    await world.signal("SIGUSR1");
    expect(world.logger.lines.join("\n")).toContain("result spool: 0 waiting");
  });
});

describe("results go to the server of the job", () => {
  test("and to the other one while that is unreachable", async (context) => {
    const world = new WorkerWorld("--server=b:2", "--max-worker=1");
    context.onTestFinished(() => world.end());
    await world.start();
    const { a, b } = world.servers;
    b.put("service", serviceJob("/from b"));
    await settle();
    b.put("service", serviceJob("/from b again"));
    world.runner.runs[0]?.end({ exitCode: 0 });
    await settle();
    expect([a.submitted.length, b.submitted.length]).toEqual([0, 1]);
    for (const connection of b.fake.connections) connection.destroy();
    b.fake.mode = "refuse";
    await settle();
    world.runner.runs[1]?.end({ exitCode: 0 });
    await world.clock.advance(2000);
    expect([a.submitted.length, b.submitted.length]).toEqual([1, 1]);
  });
});

describe("a job server that hangs", () => {
  test("is replaced within three seconds: its result goes to the other one, and it is used again when it answers", async () => {
    const world = await startWorker("--server=b:1", "--min-worker=2", "--max-worker=2");
    const { a, b } = world.servers;
    a.put("service", serviceJob("/running"));
    await settle();
    a.hangs = true;
    a.submits = "ignore";
    await world.clock.advance(3000);
    world.runner.runs[0]?.end({ exitCode: 0 });
    await world.clock.advance(100);
    expect([a.submitted.length, b.submitted.length]).toEqual([0, 1]);
    b.put("service", serviceJob("/meanwhile"));
    await settle();
    world.runner.runs[1]?.end({ exitCode: 0 });
    await world.clock.advance(10_000);
    expect([b.submitted.length, a.workers("service")]).toEqual([2, 0]);
    a.hangs = false;
    a.submits = "accept";
    await world.clock.advance(6000);
    expect(a.workers("service")).toBeGreaterThan(0);
    await world.end();
  });
});

describe("a job that a server assigns again", () => {
  test("while it is running: runs once, has one result, is answered over the new connection", async () => {
    const world = await startWorker("--min-worker=2", "--max-worker=2");
    const { a } = world.servers;
    const handle = a.put("service", serviceJob("/slow"));
    await settle();
    for (const connection of a.fake.connections) connection.destroy();
    await world.clock.advance(2000);
    expect([a.requeued, a.running]).toEqual([[handle], 1]);
    expect(world.runner.runs).toHaveLength(1);
    world.runner.runs[0]?.end({ exitCode: 0 });
    await world.clock.advance(2000);
    expect(world.runner.runs).toHaveLength(1);
    expect(a.submitted).toHaveLength(1);
    expect(a.completed).toEqual([{ handle, data: "OK" }]);
  });
});
