import { settle } from "@mod-gearman/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { FakeRunner } from "./fake-runner.ts";
import { serviceJob, startWorker, WorkerWorld } from "./worker-world.ts";

const LIMITS = ["--limit_cpu_seconds=7", "--limit_memory=100M", "--limit_open_files=64", "--run_as=nobody"];

describe("limits of plugins", () => {
  test("go with every run", async () => {
    const { servers, runner } = await startWorker(...LIMITS);
    servers.a.put("service", serviceJob("/x"));
    await settle();
    expect(runner.runs[0]?.request.limits).toEqual({
      cpuSeconds: 7,
      memoryBytes: 100 * 1024 * 1024,
      openFiles: 64,
      runAs: { uid: 65_534, gid: 65_533, groups: [65_532] },
    });
  });

  test("none by default; a reload changes them for the next job", async () => {
    const world = await startWorker("--min-worker=2");
    world.servers.a.put("service", serviceJob("/x"));
    await settle();
    world.args = [...world.args, "--limit_open_files=64"];
    await world.signal("SIGHUP");
    world.servers.a.put("service", serviceJob("/y"));
    await settle();
    expect(world.runner.runs.map((run) => run.request.limits)).toEqual([undefined, { openFiles: 64 }]);
  });

  test("a runner that has none: no start, and no reload", async () => {
    const text =
      "limit_cpu_seconds, limit_memory, limit_open_files and run_as need the native spawner: no prebuilt file";
    const refused = new WorkerWorld("--limit_open_files=64");
    refused.realRunner = new FakeRunner("node", "no prebuilt file");
    await expect(refused.start().then((world) => world.ended)).rejects.toThrow(text);

    const world = new WorkerWorld();
    onTestFinished(() => world.end());
    world.realRunner = new FakeRunner("node", "no prebuilt file");
    await world.start();
    world.args = [...world.args, "--limit_open_files=64"];
    await world.signal("SIGHUP");
    expect(world.logger.lines).toContain(`error: cannot reload configuration: ${text}`);
  });
});

describe("sticky_state", () => {
  test("announces a queue of this worker alone and takes all kinds of jobs from it", async () => {
    const { servers, runner } = await startWorker("--sticky_state=yes", "--max-worker=1");
    expect([servers.a.workers("sticky_w1"), servers.a.workers("service")]).toEqual([1, 1]);
    runner.answer = () => ({ exitCode: 0 });
    servers.a.put("sticky_w1", serviceJob("/state"));
    servers.a.put("sticky_w1", serviceJob("/host", { type: "host" }));
    await settle();
    await settle();
    expect(servers.a.completed).toHaveLength(2);
  });

  test("comes and goes with a reload", async () => {
    const world = await startWorker();
    expect(world.servers.a.workers("sticky_w1")).toBe(0);
    world.args = [...world.args, "--sticky_state=yes"];
    await world.signal("SIGHUP");
    expect(world.servers.a.workers("sticky_w1")).toBe(1);
    world.args = [...world.args, "--sticky_state=no"];
    await world.signal("SIGHUP");
    expect(world.servers.a.workers("sticky_w1")).toBe(0);
  });
});
