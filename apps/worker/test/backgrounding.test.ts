import { settle } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { isBackgroundTime } from "../src/sizing.ts";
import { openResult, serviceJob, startWorker, type WorkerWorld } from "./worker-world.ts";

/** A worker whose slots all run long jobs; the threshold is 30 s. */
async function fullWorker(slots: number, ...args: string[]): Promise<WorkerWorld> {
  const world = await startWorker(`--min-worker=${slots}`, `--max-worker=${slots}`, ...args);
  for (let count = 1; count <= slots; count++) world.servers.a.put("service", serviceJob(`/long ${count}`));
  await settle();
  return world;
}

describe("long jobs (worker.md 5.4)", () => {
  test("are answered after the threshold; their slots take the next jobs, their results follow later", async () => {
    const world = await fullWorker(2);
    const { a } = world.servers;
    await world.clock.advance(29_000);
    expect(a.completed).toEqual([]);
    await world.clock.advance(2000);
    expect(a.completed.map(({ data }) => data)).toEqual(["OK", "OK"]);
    expect(a.submitted).toEqual([]);
    a.put("service", serviceJob("/next"));
    await settle();
    expect(world.runner.runs.map((run) => run.commandLine)).toEqual(["/long 1", "/long 2", "/next"]);
    await world.signal("SIGUSR1");
    expect(world.logger.lines).toContain("error: workers: 2 busy: 1 jobs: 3 backgrounded: 2");
    world.runner.runs[0]?.end({ exitCode: 1, stdout: Buffer.from("late") });
    await settle();
    expect(openResult(a.submitted[0]?.data as Buffer).output.toString()).toBe("late");
    expect(a.completed).toHaveLength(2);
    expect(world.logger.lines.join("\n")).toMatch(
      /debug: job: A:1 runs for more than \d+ seconds, backgrounding/,
    );
  });

  test.for<[string, number, string[]]>([
    ["a single slot is strictly serial", 1, []],
    ["the threshold is off", 2, ["--backgrounding-threshold=0"]],
    ["open files do not allow it", 2, []],
    ["the load is too high", 2, ["--load_limit1=3"]],
  ])("are not when %s", async ([name, slots, args]) => {
    const world = await fullWorker(slots, ...args);
    if (name.startsWith("open files"))
      world.machine.files["self/limits"] = "Max open files            72                 4096      files\n";
    world.machine.files.loadavg = "3.50 1.00 1.00 1/1 1";
    if (name.startsWith("open files")) world.machine.files.loadavg = "0.5 1.00 1.00 1/1 1";
    await world.clock.advance(65_000);
    expect(world.servers.a.completed).toEqual([]);
  });

  test("are not moved to the background while other slots are free", async () => {
    const world = await startWorker("--min-worker=4", "--max-worker=4");
    world.servers.a.put("service", serviceJob("/long"));
    await world.clock.advance(65_000);
    expect(world.servers.a.completed).toEqual([]);
  });

  test("are waited for at the end of the worker; the remaining ones are killed and not answered twice", async () => {
    const world = await fullWorker(2);
    await world.clock.advance(31_000);
    await world.signal("SIGTERM");
    world.runner.runs[0]?.end({ exitCode: 0 });
    await world.clock.advance(4000);
    expect([world.exitCode, world.servers.a.submitted.length]).toEqual([undefined, 1]);
    await world.clock.advance(1000);
    await settle();
    expect([world.exitCode, world.runner.aborts, world.servers.a.requeued]).toEqual([0, ["in order"], []]);
  });

  test.for([
    [29_999, false],
    [30_000, true],
    [31_500, false],
    [60_500, true],
  ] as const)("at %i ms of runtime: %s", ([runtimeMs, isTime]) => {
    const nowMs = 1_000_000 + runtimeMs;
    const look = { startedMs: 1_000_000, everyMs: 30_000, sinceMs: nowMs - 1000, nowMs };
    expect(isBackgroundTime(look)).toBe(isTime);
  });
});
