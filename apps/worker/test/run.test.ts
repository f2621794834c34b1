import { settle } from "@mod-gearman/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { FakeRunner } from "./fake-runner.ts";
import { openResult, serviceJob, startWorker, WorkerWorld } from "./worker-world.ts";

/** A worker with one running job and, with `waiting`, one queued job. */
async function busyWorker(...args: string[]): Promise<WorkerWorld> {
  const world = await startWorker("--max-worker=1", ...args);
  world.servers.a.put("service", serviceJob("/running"));
  world.servers.a.put("service", serviceJob("/waiting"));
  await settle();
  return world;
}

describe("graceful stop (worker.md 8.5)", () => {
  test("idle: at once, exit code 0", async () => {
    const world = await startWorker();
    await world.signal("SIGTERM");
    expect(world.exitCode).toBe(0);
    expect(world.logger.lines.slice(-2)).toEqual([
      "info: got sigterm, quiting gracefully",
      "info: mod_gearman_worker shutdown complete",
    ]);
    expect(world.servers.a.fake.connections.every((connection) => connection.isClosed)).toBe(true);
    expect(world.clock.pending).toBe(0);
  });

  test("a running check may end: its result is sent and it is answered, no new job is taken", async () => {
    const world = await busyWorker();
    await world.signal("SIGTERM");
    await world.clock.advance(4000);
    expect(world.exitCode).toBeUndefined();
    world.runner.runs[0]?.end({ exitCode: 0, stdout: Buffer.from("done") });
    await settle();
    await settle();
    expect(world.exitCode).toBe(0);
    expect(world.runner.runs).toHaveLength(1);
    expect(openResult(world.servers.a.submitted[0]?.data as Buffer).output.toString()).toBe("done");
    expect(world.servers.a.completed).toHaveLength(1);
    expect(world.servers.a.waiting).toBe(1);
    expect(world.runner.aborts).toEqual([]);
  });

  test.for([
    ["SIGTERM", 5000],
    ["SIGINT", 1000],
  ] as const)(
    "%s: after %i ms the rest is killed, sends nothing and goes back to the server",
    async ([signal, graceMs]) => {
      const world = await busyWorker();
      await world.signal(signal);
      await world.clock.advance(graceMs - 1);
      expect(world.runner.aborts).toEqual([]);
      await world.clock.advance(1);
      await settle();
      expect(world.runner.aborts).toEqual(["in order"]);
      expect(world.exitCode).toBe(0);
      expect(world.servers.a.submitted).toEqual([]);
      expect(world.servers.a.completed).toEqual([]);
      expect(world.servers.a.failed).toEqual([]);
      expect(world.servers.a.requeued).toHaveLength(1);
      expect(world.servers.a.waiting).toBe(2);
      expect(world.logger.lines).toContain(
        `info: ${graceMs / 1000}s timeout hit while waiting for all workers to stop, remaining: 1`,
      );
      expect(world.clock.pending).toBe(0);
    },
  );

  test("TERM waits as long as stop_timeout says, also after a reload", async () => {
    const world = await busyWorker("--stop_timeout=600");
    world.args.push("--stop_timeout=90");
    await world.signal("SIGHUP");
    await settle();
    await world.signal("SIGTERM");
    await world.clock.advance(89_999);
    expect(world.runner.aborts).toEqual([]);
    await world.clock.advance(1);
    expect(world.runner.aborts).toEqual(["in order"]);
  });

  test("a second signal ends it at once", async () => {
    const world = await busyWorker();
    await world.signal("SIGTERM");
    await world.signal("SIGINT");
    expect(world.runner.aborts).toEqual(["at once"]);
    await settle();
    expect(world.exitCode).toBe(0);
    expect(world.servers.a.requeued).toHaveLength(1);
  });

  test("a second signal ends it also if its connections do not close", async () => {
    const world = await busyWorker();
    world.runner.abortAll = () => new Promise(() => undefined);
    await world.signal("SIGTERM");
    await world.clock.advance(20_000);
    await world.signal("SIGTERM");
    await world.clock.advance(2999);
    expect(world.exitCode).toBeUndefined();
    await world.clock.advance(1);
    await settle();
    expect(world.exitCode).toBe(0);
    expect(world.clock.pending).toBe(1); // looks at the server whose connections end with the process
  });

  test("a slow acknowledgement is waited for: a reset connection would make the job run again", async () => {
    const world = await startWorker("--max-worker=1");
    const { a } = world.servers;
    a.put("service", serviceJob("/running"));
    await settle();
    a.submits = "hold";
    world.runner.runs[0]?.end({ exitCode: 0 });
    await settle();
    await world.signal("SIGTERM");
    await world.clock.advance(4000);
    expect(world.exitCode).toBeUndefined();
    a.release();
    await settle();
    await settle();
    expect(world.exitCode).toBe(0);
    expect([a.submitted.length, a.completed.length, a.requeued]).toEqual([1, 1, []]);
  });

  test("results that cannot be sent are dropped after 5 s and counted", async () => {
    const world = await busyWorker();
    world.servers.a.submits = "ignore";
    world.runner.runs[0]?.end({ exitCode: 0 });
    await settle();
    await world.signal("SIGTERM");
    world.runner.runs[1]?.end({ exitCode: 0 });
    await world.clock.advance(4000);
    expect(world.exitCode).toBeUndefined();
    await world.clock.advance(12_000);
    expect(world.exitCode).toBe(0);
    expect(world.logger.lines).toContain("error: 2 results were not delivered");
  });
});

test("the service manager hears when the worker is ready, reads its settings again, and ends", async () => {
  const world = await startWorker();
  const { service } = world;
  expect(service.states).toEqual(["ready"]);
  expect(service.status()).toMatch(/^working, 0 of \d+ workers busy, 0 jobs$/);
  world.args = ["--server=a:1"]; // no queue: refused
  await world.signal("SIGHUP");
  expect(service.states).toEqual(["ready", "reloading", "ready"]);
  await world.signal("SIGUSR2");
  expect(service.status()).toContain("drained");
  await world.signal("SIGTERM");
  expect(service.states.slice(3)).toEqual(["stopping"]);
});

describe("reload (worker.md 8.4)", () => {
  test("a broken configuration is refused as a whole", async () => {
    const world = await startWorker();
    world.args = ["--server=a:1", "--identifier=other"];
    await world.signal("SIGHUP");
    expect(world.logger.lines).toContain("error: cannot reload configuration: no listen queues defined");
    expect(world.servers.a.workers("worker_w1")).toBe(1);
    world.servers.a.put("service", serviceJob("/x"));
    await settle();
    expect(world.runner.runs).toHaveLength(1);
  });

  test("a log file that cannot be opened: nothing changes, the new metrics address is closed again", async () => {
    const world = await startWorker();
    const closed: string[] = [];
    world.serveMetrics = async (address) => ({
      address,
      checkEnded: () => undefined,
      close: () => closed.push(address),
    });
    world.followLog = () => {
      throw new Error("CANNOT_OPEN: no such folder");
    };
    world.args = [...world.args, "--hosts=yes", "--prometheus_server=127.0.0.1:9050"];
    await world.signal("SIGHUP");
    expect(world.logger.lines).toContain("error: cannot reload configuration: CANNOT_OPEN: no such folder");
    expect([closed, world.servers.a.workers("host")]).toEqual([["127.0.0.1:9050"], 0]);
  });

  test("a stop while the new metrics address is opened cancels the reload", async () => {
    const world = await busyWorker();
    const opened = Promise.withResolvers<{ close(): void; observer: never }>();
    const closed: string[] = [];
    world.serveMetrics = () => opened.promise as never;
    world.args = [...world.args, "--prometheus_server=127.0.0.1:9050", "--hosts=yes"];
    await world.signal("SIGHUP");
    await world.signal("SIGTERM");
    const before = world.servers.a.fake.connections.length;
    opened.resolve({ close: () => closed.push("metrics"), observer: undefined as never });
    await settle();
    expect(world.logger.lines).not.toContain("info: configuration reloaded");
    expect(world.servers.a.fake.connections.length).toBe(before);
    expect(closed).toEqual(["metrics"]);
  });

  test("queues change on the live connections; a running check continues", async () => {
    const world = await busyWorker("--min-worker=1");
    const connections = world.servers.a.fake.connections.length;
    world.args = [...world.args, "--hosts=yes", "--services=no", "--hostgroups=g"];
    await world.signal("SIGHUP");
    expect(world.servers.a.workers("host")).toBe(1);
    expect(world.servers.a.workers("hostgroup_g")).toBe(1);
    world.runner.runs[0]?.end({ exitCode: 0 });
    await settle();
    expect(world.servers.a.completed).toHaveLength(1);
    expect(world.servers.a.workers("service")).toBe(0);
    expect(world.servers.a.waiting).toBe(1);
    expect(world.servers.a.fake.connections.length).toBe(connections);
    expect(world.runner.aborts).toEqual([]);
  });

  test("a queue with waiting jobs is served after it was added", async () => {
    const world = await startWorker();
    world.servers.a.put("host", serviceJob("/h"));
    world.args = [...world.args, "--hosts=yes"];
    await world.signal("SIGHUP");
    expect(world.runner.runs.map((run) => run.commandLine)).toEqual(["/h"]);
  });

  test("servers are added and removed; the running check is answered over its old connection", async () => {
    const world = await busyWorker();
    world.args = world.args.map((arg) => (arg === "--server=a:1" ? "--server=b:2" : arg));
    await world.signal("SIGHUP");
    expect(world.servers.b.workers("service")).toBe(1);
    world.runner.runs[0]?.end({ exitCode: 0 });
    await settle();
    expect(world.servers.a.completed).toHaveLength(1);
    expect(world.servers.a.workers("service")).toBe(0);
    expect(world.servers.a.requeued).toEqual([]);
    expect(world.servers.b.submitted).toHaveLength(1);
    world.servers.b.put("service", serviceJob("/next"));
    await settle();
    expect(world.runner.runs.at(-1)?.commandLine).toBe("/next");
  });

  test("identifier, key and limits apply from the next job on", async () => {
    const world = await startWorker();
    world.args = world.args.map((arg) => arg.replace("=w1", "=w2"));
    world.args = [...world.args, "--min-worker=4", "--worker_name_in_result=on"];
    await world.signal("SIGHUP");
    expect(world.servers.a.workers("worker_w2")).toBe(1);
    expect(world.servers.a.workers("worker_w1")).toBe(0);
    expect(world.servers.a.workers("service")).toBe(4);
    world.runner.answer = () => ({ exitCode: 0, stdout: Buffer.from("fine") });
    world.servers.a.put("service", serviceJob("/x"));
    await settle();
    expect(openResult(world.servers.a.submitted[0]?.data as Buffer).output.toString()).toBe(
      "(worker: w2) fine",
    );
  });

  test("a smaller max-worker stops idle slots, not busy ones", async () => {
    const world = await startWorker("--min-worker=4", "--max-worker=4");
    world.servers.a.put("service", serviceJob("/x"));
    await settle();
    world.args = [...world.args, "--min-worker=1", "--max-worker=1"];
    await world.signal("SIGHUP");
    expect(world.servers.a.workers("service")).toBe(1);
    world.runner.runs[0]?.end({ exitCode: 0 });
    await settle();
    expect(world.servers.a.completed).toHaveLength(1);
  });

  test("dup servers are added and removed", async () => {
    const world = await startWorker("--dupserver=dup:9");
    world.args = world.args.filter((arg) => !arg.startsWith("--dupserver"));
    await world.signal("SIGHUP");
    expect(world.servers.dup.fake.connections.every((connection) => connection.isClosed)).toBe(true);
    world.args = [...world.args, "--dupserver=b:2"];
    await world.signal("SIGHUP");
    world.runner.answer = () => ({ exitCode: 0 });
    world.servers.a.put("service", serviceJob("/x"));
    await settle();
    expect(world.servers.b.submitted).toHaveLength(1);
  });
});

test("USR1 dumps slots, jobs and queues", async () => {
  const world = await busyWorker("--dupserver=dup:9");
  await world.signal("SIGUSR1");
  expect(world.logger.lines.slice(-4)).toEqual([
    "error: workers: 1 busy: 1 jobs: 1",
    "error: results: 0 waiting, 0 sent, 0 dropped",
    "error: dupserver dup:9: 0 waiting, 0 dropped",
    "error: slot 1: runs A:1, a:1 up",
  ]);
});

test("a spawner that is not the native one is named in the log, with the reason", async () => {
  const world = new WorkerWorld();
  onTestFinished(() => world.end());
  world.realRunner = new FakeRunner("node", "no file for this platform");
  await world.start();
  expect(world.logger.lines).toContain(
    "info: plugins are started by node:child_process, which costs more: no file for this platform",
  );
});

test("statistics once a minute (worker.md 5.3)", async () => {
  const world = await startWorker();
  world.runner.answer = () => ({ exitCode: 0 });
  for (let count = 0; count < 3; count++) world.servers.a.put("service", serviceJob("/x"));
  await world.clock.advance(61_000);
  expect(world.logger.lines.filter((line) => line.includes("stats: "))).toEqual([
    "info: stats: workers: 1/20 busy: 0 | jobs: 3 | current job rate: 0.1/s",
  ]);
});
