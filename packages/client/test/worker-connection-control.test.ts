import { FakeJobServer, ManualClock, settle } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import type { AssignedJob } from "../src/contract/assigned-job.ts";
import { WorkerConnection } from "../src/worker/worker-connection.ts";
import { assign, byHost, bytes, first, second } from "./fixtures.ts";
import { connected, fresh } from "./worker-fixtures.ts";

describe("sleep and wake", () => {
  test("X6: the cycle NOOP, grab, NO_JOB, PRE_SLEEP repeats", async () => {
    const { peer, worker } = await connected();
    const events: string[] = [];
    worker.on("asleep", () => events.push("asleep"));
    worker.on("wake", () => events.push("wake"));
    const news = fresh(peer);
    news();
    for (let i = 0; i < 3; i++) {
      peer.send({ name: "NO_JOB" });
      await settle();
      expect(news()).toEqual(["PRE_SLEEP"]);
      expect(worker.asleep).toBe(true);
      peer.send({ name: "NOOP" });
      await settle();
      expect(news()).toEqual(["GRAB_JOB_UNIQ"]);
    }
    expect(events).toEqual(["asleep", "wake", "asleep", "wake", "asleep", "wake"]);
  });

  test("a NOOP is remembered while busy", async () => {
    const { peer, worker, jobs } = await connected({ maxInFlight: 2 });
    peer.send(assign("H:1"), { name: "NO_JOB" });
    await settle();
    worker.setCapacity(1);
    const news = fresh(peer);
    news();
    peer.send({ name: "NOOP" });
    await settle();
    expect(news()).toEqual([]);
    jobs[0]?.complete();
    await settle();
    expect(news()).toEqual(["WORK_COMPLETE", "GRAB_JOB_UNIQ"]);
  });

  test("setCapacity: 0 stops grabbing, more grabs at once", async () => {
    const { peer, worker, jobs } = await connected();
    peer.send(assign("H:1"));
    await settle();
    const news = fresh(peer);
    news();
    worker.setCapacity(0);
    jobs[0]?.complete();
    await settle();
    expect(news()).toEqual(["WORK_COMPLETE"]);
    worker.setCapacity(2);
    await settle();
    expect(news()).toEqual(["GRAB_JOB_UNIQ", "GRAB_JOB_UNIQ"]);
  });

  test("idle is emitted once, when the last job has ended and no grab is outstanding", async () => {
    const { peer, worker, jobs } = await connected({ maxInFlight: 2 });
    let idle = 0;
    worker.on("idle", () => idle++);
    peer.send(assign("H:1"), { name: "NO_JOB" });
    await settle();
    expect(idle).toBe(0);
    jobs[0]?.complete();
    worker.setCapacity(1);
    expect(idle).toBe(1);
  });
});

describe("functions", () => {
  test("new ones are announced and grabbed at once, also while asleep", async () => {
    const { peer, worker } = await connected();
    peer.send({ name: "NO_JOB" });
    await settle();
    const news = fresh(peer);
    news();
    worker.setFunctions([bytes("host"), bytes("service")]);
    await settle();
    expect(news()).toEqual(["CAN_DO", "GRAB_JOB_UNIQ"]);
    expect(peer.received.at(-2)).toMatchObject({ function: bytes("service") });
  });

  test("old ones are withdrawn once none of their jobs is running or requested", async () => {
    const { peer, worker, jobs } = await connected({ functions: [bytes("a"), bytes("b")], maxInFlight: 2 });
    const news = fresh(peer);
    news();
    worker.setFunctions([bytes("b")]);
    await settle();
    expect(news()).toEqual([]); // two grabs are outstanding
    peer.send(assign("H:1", "a"), assign("H:2", "b"));
    await settle();
    jobs[1]?.complete();
    await settle();
    expect(news()).toEqual(["WORK_COMPLETE"]); // a job of `a` is running: neither CANT_DO nor a new grab
    jobs[0]?.complete();
    await settle();
    expect(news()).toEqual(["WORK_COMPLETE", "CANT_DO", "GRAB_JOB_UNIQ", "GRAB_JOB_UNIQ"]);
  });

  test("changed while disconnected: the next connection announces the new ones only", async () => {
    const { server, clock, peer, worker } = await connected();
    peer.end();
    await settle();
    worker.setFunctions([bytes("service")]);
    await clock.advance(100);
    expect(server.connections[1]?.received[0]).toEqual({ name: "CAN_DO", function: bytes("service") });
    expect(server.connections[1]?.names).toEqual(["CAN_DO", "GRAB_JOB_UNIQ"]);
  });
});

describe("close", () => {
  test("sends reports first; running jobs are lost; the connection stays closed", async () => {
    const { server, clock, worker, peer, jobs } = await connected({ maxInFlight: 2 });
    peer.send(assign("H:1"), assign("H:2"));
    await settle();
    jobs[0]?.complete();
    await Promise.all([worker.close(), worker.close()]);
    expect(peer.names).toContain("WORK_COMPLETE");
    expect(jobs[1]?.connectionLost).toBe(true);
    jobs[1]?.complete();
    worker.setFunctions([bytes("x")]);
    worker.resume();
    await clock.advance(60_000);
    expect(server.connections).toHaveLength(1);
    expect([worker.held, clock.pending]).toEqual([0, 0]);
  });

  test("a report made while closing is not sent and raises no problem", async () => {
    const { clock, worker, peer, jobs, problems } = await connected();
    peer.send(assign("H:1"));
    await settle();
    peer.stall(true);
    const closed = worker.close();
    jobs[0]?.complete();
    await clock.advance(1000);
    await closed;
    expect(problems).toEqual([]);
    expect(peer.names).not.toContain("WORK_COMPLETE");
  });

  test("while disconnected", async () => {
    const { clock, worker, peer } = await connected();
    peer.end();
    await settle();
    await worker.close();
    expect(clock.pending).toBe(0);
  });
});

test("one slot, two servers: at most one grab outstanding or job running", async () => {
  const clock = new ManualClock();
  const servers = { first: new FakeJobServer(), second: new FakeJobServer() };
  const jobs: AssignedJob[] = [];
  const common = {
    functions: [bytes("host")],
    maxInFlight: 1,
    paused: true,
    duplex: byHost(servers),
    clock,
    onJob: (job: AssignedJob) => jobs.push(job),
  };
  const workers = [first, second].map((server) => new WorkerConnection({ ...common, server }));
  await settle();
  const [a, b] = [servers.first.connections[0], servers.second.connections[0]];
  const open = () => workers.reduce((sum, worker) => sum + worker.outstandingGrabs + worker.held, 0);
  expect(open()).toBe(0);
  workers[0]?.resume();
  expect(open()).toBe(1);
  a?.send({ name: "NO_JOB" });
  await settle();
  expect(workers[0]?.asleep).toBe(true);
  workers[0]?.pause();
  workers[1]?.resume();
  expect(open()).toBe(1);
  b?.send(assign("H:b"));
  await settle();
  workers[1]?.pause();
  a?.send({ name: "NOOP" }); // while the slot is busy
  await settle();
  expect([open(), workers[0]?.asleep]).toEqual([1, false]);
  jobs[0]?.complete();
  expect(open()).toBe(0);
  workers[0]?.resume();
  expect(open()).toBe(1);
  await settle();
  expect(a?.names).toEqual(["CAN_DO", "GRAB_JOB_UNIQ", "PRE_SLEEP", "GRAB_JOB_UNIQ"]);
  expect(b?.names).toEqual(["CAN_DO", "GRAB_JOB_UNIQ", "WORK_COMPLETE"]);
});
