import { settle } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import type { AssignedJob, RunningJob } from "../src/contract/assigned-job.ts";
import { WorkerConnection } from "../src/worker/worker-connection.ts";
import { assign, bytes, first } from "./fixtures.ts";
import { connected, fresh } from "./worker-fixtures.ts";

describe("hello", () => {
  test("announces id and functions, then grabs up to its capacity", async () => {
    const options = { functions: [bytes("host"), bytes("service")], clientId: bytes("w1"), maxInFlight: 2 };
    const { peer } = await connected(options);
    expect(peer.names).toEqual(["SET_CLIENT_ID", "CAN_DO", "CAN_DO", "GRAB_JOB_UNIQ", "GRAB_JOB_UNIQ"]);
    expect(peer.received[0]).toMatchObject({ id: bytes("w1") });
  });

  test("repeats this after each reconnect", async () => {
    const { server, clock, peer, worker } = await connected();
    peer.end();
    await settle();
    expect(worker.connected).toBe(false);
    await clock.advance(100);
    expect(server.connections[1]?.names).toEqual(["CAN_DO", "GRAB_JOB_UNIQ"]);
  });

  test("without functions it does not grab", async () => {
    const { peer, worker } = await connected({ functions: [] });
    expect(peer.names).toEqual([]);
    worker.setFunctions([bytes("late")]);
    await settle();
    expect(peer.names).toEqual(["CAN_DO", "GRAB_JOB_UNIQ"]);
  });

  test("refuses arguments for which a server would close the connection", () => {
    const options = { server: first, functions: [], maxInFlight: 1, onJob: () => {} };
    const refused = expect.objectContaining({ code: "BAD_ARGUMENT" });
    expect(() => new WorkerConnection({ ...options, functions: [bytes("")] })).toThrow(refused);
    expect(() => new WorkerConnection({ ...options, clientId: Buffer.alloc(128, "x") })).toThrow(refused);
  });
});

describe("jobs", () => {
  test("are delivered as copies and reported, then the next is grabbed", async () => {
    const { peer, jobs } = await connected();
    const news = fresh(peer);
    news();
    peer.send(assign("H:1", "host", "text"));
    await settle();
    expect(jobs[0]).toMatchObject({
      handle: bytes("H:1"),
      function: bytes("host"),
      unique: bytes("u"),
      data: bytes("text"),
      connectionLost: false,
    });
    expect(news()).toEqual([]); // the capacity is used up
    jobs[0]?.complete(bytes("OK"));
    await settle();
    expect(news()).toEqual(["WORK_COMPLETE", "GRAB_JOB_UNIQ"]);
    expect(peer.received.at(-2)).toEqual({ name: "WORK_COMPLETE", handle: bytes("H:1"), data: bytes("OK") });
  });

  test("JOB_ASSIGN and JOB_ASSIGN_ALL are accepted as well", async () => {
    const { peer, jobs } = await connected({ maxInFlight: 2 });
    const common = { function: bytes("host"), data: bytes("d") };
    peer.send(
      { name: "JOB_ASSIGN", handle: bytes("H:1"), ...common },
      { name: "JOB_ASSIGN_ALL", handle: bytes("H:2"), unique: bytes("u"), reducer: bytes("r"), ...common },
    );
    await settle();
    expect(jobs.map((job) => job.unique.toString())).toEqual(["", "u"]);
  });

  test("fail, empty complete and abandon; only the first report counts", async () => {
    const { peer, jobs, worker } = await connected({ maxInFlight: 3 });
    const news = fresh(peer);
    news();
    peer.send(assign("H:1"), assign("H:2"), assign("H:3"));
    await settle();
    worker.setCapacity(0);
    const [one, two, three] = jobs;
    one?.fail();
    one?.complete();
    two?.complete();
    two?.fail();
    three?.abandon();
    three?.complete();
    await settle();
    expect(news()).toEqual(["WORK_FAIL", "WORK_COMPLETE"]);
    expect(peer.received.at(-1)).toMatchObject({ handle: bytes("H:2"), data: bytes("") });
    expect(worker.held).toBe(0);
  });

  test("a handler that throws fails its own job only", async () => {
    const options = {
      onJob: (job: AssignedJob) => {
        if (job.handle.equals(bytes("H:1"))) throw new Error("bug");
        job.complete();
      },
    };
    const { peer, problems } = await connected(options);
    peer.send(assign("H:1"));
    await peer.next("WORK_FAIL");
    await settle();
    peer.send(assign("H:2"));
    await peer.next("WORK_COMPLETE");
    expect(problems).toMatchObject([{ code: "HANDLER_FAILED", cause: { message: "bug" } }]);
  });

  test("several in flight: freed capacity is grabbed as reports are sent", async () => {
    const { peer, jobs } = await connected({ maxInFlight: 3 });
    const news = fresh(peer);
    expect(news().slice(1)).toEqual(["GRAB_JOB_UNIQ", "GRAB_JOB_UNIQ", "GRAB_JOB_UNIQ"]);
    peer.send(assign("H:1"), assign("H:2"), { name: "NO_JOB" });
    await settle();
    expect(news()).toEqual(["PRE_SLEEP"]);
    jobs[0]?.complete();
    await settle();
    expect(news()).toEqual(["WORK_COMPLETE"]); // asleep until the server sends NOOP
    peer.send({ name: "NOOP" });
    await settle();
    expect(news()).toEqual(["GRAB_JOB_UNIQ", "GRAB_JOB_UNIQ"]);
  });

  test("an unexpected job ends the connection", async () => {
    const { server, clock, peer, jobs } = await connected();
    peer.send(assign("H:1"), assign("H:2"));
    await settle();
    expect(jobs).toHaveLength(1);
    expect(jobs[0]?.connectionLost).toBe(true);
    await clock.advance(100);
    expect(server.connections).toHaveLength(2);
  });

  test("an unexpected NO_JOB ends it as well", async () => {
    const { worker, peer } = await connected();
    peer.send({ name: "NO_JOB" }, { name: "NO_JOB" });
    await settle();
    expect(worker.connected).toBe(false);
  });
});

describe("lost connections", () => {
  test("reports of their jobs are not sent, but count against the capacity until made", async () => {
    const { server, clock, worker, peer, jobs } = await connected({ maxInFlight: 2 });
    peer.send(assign("H:1"), assign("H:2"));
    await settle();
    peer.destroy();
    await clock.advance(100);
    const next = server.connections[1];
    expect(jobs.map((job) => job.connectionLost)).toEqual([true, true]);
    expect(next?.names).toEqual(["CAN_DO"]);
    jobs[0]?.complete(bytes("late"));
    await settle();
    expect(next?.names).toEqual(["CAN_DO", "GRAB_JOB_UNIQ"]);
    jobs[1]?.fail();
    await settle();
    expect(next?.names).toEqual(["CAN_DO", "GRAB_JOB_UNIQ", "GRAB_JOB_UNIQ"]);
    expect(worker.held).toBe(0);
  });

  test("a report made in the turn of the disconnect is not sent on the next connection", async () => {
    const { server, clock, worker, peer, jobs } = await connected();
    peer.send(assign("H:1"));
    await settle();
    worker.on("disconnect", () => jobs[0]?.complete());
    peer.end();
    await clock.advance(100);
    expect(peer.names).not.toContain("WORK_COMPLETE");
    expect(server.connections[1]?.names).toEqual(["CAN_DO", "GRAB_JOB_UNIQ"]);
  });
});

describe("errors of the server", () => {
  test("JOB_NOT_FOUND is reported as information", async () => {
    const { worker, peer, jobs, problems } = await connected();
    peer.send(assign("H:1"));
    await settle();
    jobs[0]?.complete();
    peer.send({
      name: "ERROR",
      code: bytes("JOB_NOT_FOUND"),
      text: bytes("Job given in work result not found"),
    });
    await settle();
    expect(problems).toMatchObject([{ code: "JOB_NOT_FOUND", serverCode: "JOB_NOT_FOUND" }]);
    expect([worker.connected, worker.outstandingGrabs]).toEqual([true, 1]);
    peer.send(assign("H:2"));
    await settle();
    expect(jobs).toHaveLength(2);
  });

  test("any other ERROR replaces the connection", async () => {
    const { server, clock, peer, problems } = await connected();
    peer.send({ name: "ERROR", code: bytes("INVALID_COMMAND"), text: bytes("Command not expected") });
    await settle();
    expect(problems).toMatchObject([{ code: "SERVER_ERROR", serverText: "Command not expected" }]);
    await clock.advance(100);
    expect(server.connections).toHaveLength(2);
  });

  test("an unanswered grab replaces the connection, an answered one does not", async () => {
    const { server, clock, worker, peer } = await connected({ answerTimeoutMs: 5000 });
    await clock.advance(4000);
    peer.send({ name: "NO_JOB" });
    await settle();
    await clock.advance(60_000); // sleeping for a long time is no failure
    expect(worker.connected).toBe(true);
    peer.send({ name: "NOOP" });
    await settle();
    await clock.advance(4999);
    expect(worker.connected).toBe(true);
    await clock.advance(1);
    expect(worker.connected).toBe(false);
    await clock.advance(100);
    expect(server.connections).toHaveLength(2);
  });

  test("a grab after a long job has its full time, not the rest since the last answer", async () => {
    const { server, clock, worker, peer, jobs } = await connected({ answerTimeoutMs: 30_000 });
    await clock.advance(10);
    peer.send(assign("H:1"));
    await settle();
    await clock.advance(30_000 - 20); // of the check
    jobs[0]?.complete(bytes("OK"));
    await settle();
    expect(worker.outstandingGrabs).toBe(1);
    await clock.advance(29_999);
    expect([worker.connected, server.connections.length]).toEqual([true, 1]);
    await clock.advance(1);
    expect(worker.connected).toBe(false);
  });

  test("every answer restarts the time of the outstanding grabs", async () => {
    const { clock, worker, peer } = await connected({ maxInFlight: 2, answerTimeoutMs: 5000 });
    await clock.advance(4000);
    peer.send(assign("H:1"));
    await settle();
    await clock.advance(4999);
    expect(worker.connected).toBe(true);
    await clock.advance(1);
    expect(worker.connected).toBe(false);
  });

  test("a server that does not read reports is replaced", async () => {
    const { worker, peer, jobs, problems } = await connected({ maxInFlight: 3, maxOutputBytes: 100_000 });
    peer.send(assign("H:1"), assign("H:2"), assign("H:3"));
    await settle();
    peer.stall(true);
    for (const job of jobs) job.complete(Buffer.alloc(90_000));
    expect(problems).toMatchObject([{ code: "OUTPUT_FULL" }]);
    expect([worker.connected, worker.held]).toEqual([false, 0]);
  });
});

describe("reports while a job runs", () => {
  test("data, warning and status are sent immediately; none after the end or a lost connection", async () => {
    const { peer, jobs, problems } = await connected();
    const handle = bytes("H:1");
    peer.send(assign("H:1"));
    await settle();
    const [job] = jobs as unknown as RunningJob[];
    job?.sendData(Buffer.from([0, 255]));
    job?.sendWarning(bytes("careful"));
    job?.sendStatus(bytes("007"), bytes("9"));
    expect(() => job?.sendStatus(bytes("1\0"), bytes("2"))).toThrow(
      expect.objectContaining({ code: "BAD_ARGUMENT" }),
    );
    job?.complete(bytes("end"));
    job?.sendData(bytes("late"));
    await settle();
    const reports = peer.received.filter((packet) => packet.name.startsWith("WORK_"));
    expect(reports).toEqual([
      { name: "WORK_DATA", handle, data: Buffer.from([0, 255]) },
      { name: "WORK_WARNING", handle, data: bytes("careful") },
      { name: "WORK_STATUS", handle, numerator: bytes("007"), denominator: bytes("9") },
      { name: "WORK_COMPLETE", handle, data: bytes("end") },
    ]);
    expect(problems).toEqual([]);
  });

  test("reports of a job whose connection is lost are not sent on the next connection", async () => {
    const { server, clock, peer, jobs } = await connected();
    peer.send(assign("H:1"));
    await settle();
    peer.destroy();
    await clock.advance(100);
    (jobs as unknown as RunningJob[])[0]?.sendData(bytes("late"));
    await settle();
    expect(server.connections[1]?.names.filter((name) => name.startsWith("WORK_"))).toEqual([]);
  });
});

test("in bulk, jobs that arrive together are reported and replaced together", async () => {
  const { peer, jobs, worker } = await connected({ bulk: true, maxInFlight: 20 });
  const news = fresh(peer);
  expect(news().filter((name) => name === "GRAB_JOB_UNIQ")).toHaveLength(16);
  for (let n = 1; n <= 3; n++) peer.send(assign(`H:${n}`, "host", `text ${n}`));
  await settle();
  expect(jobs.map(({ data }) => data.toString())).toEqual(["text 1", "text 2", "text 3"]);
  expect(news()).toEqual(["GRAB_JOB_UNIQ", "GRAB_JOB_UNIQ", "GRAB_JOB_UNIQ", "GRAB_JOB_UNIQ"]);
  expect([worker.held, worker.outstandingGrabs]).toEqual([3, 17]);
  for (const job of jobs) job.complete(bytes("OK"));
  await settle();
  const two = ["GRAB_JOB_UNIQ", "GRAB_JOB_UNIQ"]; // each job of a row allows one more at a time
  expect(news()).toEqual(["WORK_COMPLETE", "WORK_COMPLETE", "WORK_COMPLETE", ...two]);
});
